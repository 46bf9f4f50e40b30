/** Audits vectors exactly and prints how long that took and the most memory that this process has held: what the bench `audit` starts. */
import { readFileSync } from 'node:fs';
import { mean } from '../../retrieval/metrics/bootstrap.ts';
import { queryFigures } from '../../retrieval/metrics/query-figures.ts';
import { hitsAt } from '../../retrieval/metrics/recall.ts';

export type AuditRun = { file: string; labelFile: string; dim: number; ks: number[] };
export type AuditTaken = { ms: number; peakMb: number; recall: Record<string, number> };

async function auditOnce({ file, labelFile, dim, ks }: AuditRun): Promise<AuditTaken> {
  const queries = floatsOf(file);
  const labels = readFileSync(labelFile);
  const queryLabels = Array.from(new Int32Array(labels.buffer, labels.byteOffset, labels.length / 4));
  // The peer is loaded when its time begins; so are these threads.
  const few = { queries: queries.slice(0, 8 * dim), queryLabels: queryLabels.slice(0, 8), dim };
  await queryFigures(few, { ks: [1] });
  const start = performance.now();
  const figures = await queryFigures({ queries, queryLabels, dim }, { ks });
  const ms = performance.now() - start;
  const recall = Object.fromEntries(ks.map((k) => [k, mean(hitsAt(figures, k))]));
  return { ms, peakMb: (process.resourceUsage().maxRSS * 1024) / 1e6, recall };
}

function floatsOf(file: string): Float32Array {
  const bytes = readFileSync(file);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

process.stdout.write(JSON.stringify(await auditOnce(JSON.parse(process.argv[2] as string))));
