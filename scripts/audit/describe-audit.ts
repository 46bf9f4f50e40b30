/** An audit as text for people. */
import type { Comparison } from '../../retrieval/audit/compare.ts';
import { LEAK_KINDS, type Leak, type LeakReport } from '../../retrieval/audit/find-leaks.ts';
import { count } from '../../retrieval/report/words.ts';
import { share } from '../terminal/print-answer.ts';
import { type Column, table } from '../terminal/table.ts';
import type { AuditAnswer, SetAnswer } from './audit-task.ts';

const FEW_CLASSES = 5;
const FEW_LEAKS = 10;

export function describeAudit({ open, model, report, ...first }: AuditAnswer): string {
  const sets = [first, ...(open ? [open] : [])].map(describeSet);
  return [...sets, ...(report === undefined ? [] : [`In pictures: ${report}`])].join('\n\n');
}

function describeSet(answer: SetAnswer): string {
  return [
    `${whatWasSearched(answer)}:`,
    figureTable(answer),
    ...lonely(answer),
    ...Object.entries(answer.comparisons).flatMap(([folder, comparison]) => [
      '',
      differences(folder, comparison),
    ]),
    ...classes(answer),
    ...worst(answer),
    ...(answer.leaks ? ['', leaks(answer.leaks)] : []),
    ...index(answer),
    ...ablations(answer),
    ...gates(answer),
  ].join('\n');
}

function whatWasSearched({ benchmark, protocol, queries, references, classes }: SetAnswer): string {
  const set = benchmark ? `${benchmark}, ` : '';
  return protocol === 'open'
    ? `${set}${count(queries, 'image')} of ${count(classes, 'class', 'classes')} against each other`
    : `${set}${count(queries, 'query', 'queries')} of ${count(classes, 'class', 'classes')} among ${count(references, 'reference')}`;
}

function figureTable({ figures }: SetAnswer): string {
  const columns: Column[] = [
    { title: 'figure' },
    { title: 'value', align: 'right' },
    { title: '95% interval' },
  ];
  const rows = Object.entries(figures).map(([name, { value, low, high }]) => [
    name,
    share(value),
    `${share(low)} to ${share(high)}`,
  ]);
  return table(columns, rows);
}

function lonely({ queriesWithoutMatch }: SetAnswer): string[] {
  if (queriesWithoutMatch === 0) return [];
  return [
    `${count(queriesWithoutMatch, 'query has', 'queries have')} no match at all: misses for recall and precision, left out of r-precision and map@r.`,
  ];
}

function differences(folder: string, comparison: Comparison): string {
  const columns: Column[] = [
    { title: `against ${folder}` },
    { title: 'difference', align: 'right' },
    { title: '95% interval' },
    { title: 'verdict' },
  ];
  const rows = Object.entries(comparison).map(([name, { value, low, high, verdict }]) => [
    name,
    signed(value),
    `${signed(low)} to ${signed(high)}`,
    verdict,
  ]);
  return table(columns, rows);
}

function classes({ perClass }: SetAnswer): string[] {
  const failing = perClass.filter(({ recallAt1 }) => recallAt1 < 1).slice(0, FEW_CLASSES);
  if (failing.length === 0) return [];
  const columns: Column[] = [
    { title: 'worst classes' },
    { title: 'queries', align: 'right' },
    { title: 'recall@1', align: 'right' },
    { title: 'taken for' },
  ];
  const rows = failing.map(({ label, queries, recallAt1, takenFor }) => [
    label,
    count(queries),
    share(recallAt1),
    takenFor ? `${takenFor.label} (${takenFor.times})` : '',
  ]);
  return ['', table(columns, rows)];
}

function worst({ worst: queries }: SetAnswer): string[] {
  if (queries.length === 0) return [];
  const columns: Column[] = [
    { title: 'worst queries' },
    { title: 'label' },
    { title: 'first match', align: 'right' },
    { title: 'nearest' },
  ];
  const rows = queries.map(({ id, label, firstMatch, neighbours: [nearest] }) => [
    id,
    label,
    firstMatch === undefined ? 'none' : count(firstMatch),
    nearest ? `${nearest.label} ${share(nearest.similarity)}` : '',
  ]);
  return ['', table(columns, rows)];
}

function leaks({ tested, trained, threshold, leaks: found }: LeakReport): string {
  const what = `${count(tested, 'image')} of the test against ${count(trained)} of training`;
  const rule = `same bytes, or pictures that correlate by ${threshold} and more once they are mirrored and cut alike`;
  if (found.length === 0) return `No leak among ${what} (${rule}).`;
  const kinds = LEAK_KINDS.flatMap((kind) => {
    const times = found.filter((leak) => leak.kind === kind).length;
    return times === 0 ? [] : [`${count(times)} ${kind}`];
  });
  const lines = found.slice(0, FEW_LEAKS).map(leakLine);
  const more = found.length > FEW_LEAKS ? [`  and ${count(found.length - FEW_LEAKS)} more`] : [];
  return [
    `${count(found.length, 'image of the test was', 'images of the test were')} trained on (${kinds.join(', ')}): ${what} (${rule}).`,
    ...lines,
    ...more,
  ].join('\n');
}

function leakLine({ test, training, kind, correlation }: Leak): string {
  return kind === 'same'
    ? `  ${test.path} is the same file as ${training.path}`
    : `  ${test.path} is a ${kind} copy of ${training.path} (${correlation.toFixed(4)})`;
}

function index({ index: judged }: SetAnswer): string[] {
  if (!judged) return [];
  const columns: Column[] = [
    { title: 'ef', align: 'right' },
    { title: `of the true ${judged.k}`, align: 'right' },
    { title: 'ms a query', align: 'right' },
  ];
  const rows = judged.rows.map(({ efSearch, recall, msPerQuery }) => [
    count(efSearch),
    recall.toFixed(4),
    msPerQuery.toFixed(2),
  ]);
  return [
    '',
    `The index (HNSW) of ${count(judged.vectors, 'vector')}, ${count(judged.queries, 'query', 'queries')}:`,
    table(columns, rows),
  ];
}

function ablations({ ablations: tried, recall }: SetAnswer): string[] {
  if (!tried) return [];
  const columns: Column[] = [
    { title: 'smaller embeddings' },
    { title: 'bytes', align: 'right' },
    { title: 'recall@1', align: 'right' },
    { title: 'difference', align: 'right' },
    { title: '95% interval' },
  ];
  const rows = tried.map(({ name, bytes, recallAt1, difference: { value, low, high } }) => [
    name,
    count(bytes),
    share(recallAt1),
    signed(value),
    `${signed(low)} to ${signed(high)}`,
  ]);
  const whole = recall[1] === undefined ? '' : `, whole ${share(recall[1])}`;
  return ['', `What smaller embeddings would cost${whole}:`, table(columns, rows)];
}

function gates({ gates: checked }: SetAnswer): string[] {
  if (checked.length === 0) return [];
  return [
    '',
    ...checked.map(({ gate, passed, reason }) => `${passed ? 'kept' : 'FAILED'}: ${gate} (${reason})`),
  ];
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${share(Math.abs(value))}`;
}
