/** The figures of an audit as text for people. */
import type { RecallReport } from '../retrieval/metrics/recall.ts';
import { count } from '../retrieval/report/words.ts';
import { share } from './terminal/print-answer.ts';
import { table } from './terminal/table.ts';

/** What was searched among what, and a line for each k. */
export function describeRecall(report: RecallReport): string {
  const { protocol, queries, references, classes, recall, precision, queriesWithoutMatch } = report;
  const what =
    protocol === 'open'
      ? `${count(queries, 'image')} of ${count(classes, 'class', 'classes')} against each other`
      : `${count(queries, 'query', 'queries')} of ${count(classes, 'class', 'classes')} among ${count(references, 'reference')}`;
  const rows = Object.keys(recall).map((k) => [k, share(recall[k] as number), share(precision[k] as number)]);
  const columns = [{ title: 'k', align: 'right' }, { title: 'recall@k' }, { title: 'precision@k' }] as const;
  const lonely = `${count(queriesWithoutMatch, 'query has', 'queries have')} no match at all: counted as missed.`;
  return [`${what}:`, table(columns, rows), ...(queriesWithoutMatch > 0 ? [lonely] : [])].join('\n');
}
