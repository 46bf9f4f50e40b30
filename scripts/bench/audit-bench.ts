/** The bench `audit`: all vectors exactly against each other, as many as the test set of Stanford Online Products has, against faiss. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { clusteredVectors } from '../../retrieval/index/clustered-vectors.test-helper.ts';
import type { LongWork } from '../../retrieval/progress.ts';
import type { AuditRun, AuditTaken } from './audit-process.ts';
import type { Claim, Finding } from './finding.ts';
import { inPairs, medianRatio, quantile } from './in-pairs.ts';
import { startPeer } from './peer.ts';

export type AuditBench = {
  count: number;
  dim: number;
  /** Images of a class. */
  classSize: number;
  /** Audits of each side. */
  rounds: number;
  seed: number;
};

/** 60,502 images of 11,316 classes. */
export const AUDIT_DEFAULTS: AuditBench = { count: 60_502, dim: 64, classSize: 5, rounds: 3, seed: 1 };

const KS = [1, 10, 100, 1000];
/** How far images of a class lie beside its centre: with it recall@1 is about what trained models reach. */
const SPREAD = 1.2;
const MOST_TIMES = 1.5;
const MOST_MEGABYTES = 1000;

export async function auditBench(
  { count, dim, classSize, rounds, seed }: AuditBench,
  work: LongWork = {},
): Promise<Finding> {
  const folder = await mkdtemp(join(tmpdir(), 'sinter-bench-'));
  const peer = await startPeer('faiss_flat.py');
  try {
    const run = await writeVectors(folder, count, dim, Math.ceil(count / classSize), seed);
    if ('absent' in peer) return findingOf([await ours(run, work)], [], peer.absent, 'faiss');
    const { file, labelFile } = run;
    await peer.ask({ do: 'load', file, labelFile, dim, threads: availableParallelism() });
    const [mine, theirs]: [AuditTaken[], AuditTaken[]] = [[], []];
    await inPairs(
      'auditing',
      rounds,
      async () => mine[mine.push(await ours(run, work)) - 1].ms,
      async () => theirs[theirs.push(await peer.ask<AuditTaken>({ do: 'audit', ks: KS })) - 1].ms,
      work,
    );
    return findingOf(mine, theirs, undefined, peer.name);
  } finally {
    if ('close' in peer) peer.close();
    await rm(folder, { recursive: true });
  }
}

async function writeVectors(
  folder: string,
  count: number,
  dim: number,
  classes: number,
  seed: number,
): Promise<AuditRun> {
  const [file, labelFile] = [join(folder, 'vectors.f32'), join(folder, 'labels.i32')];
  await writeFile(file, clusteredVectors(count, dim, classes, SPREAD, seed).vectors);
  // Row i lies around centre i modulo the classes.
  await writeFile(
    labelFile,
    Int32Array.from({ length: count }, (_, i) => i % classes),
  );
  return { file, labelFile, dim, ks: KS };
}

/** In a process of its own, whose memory is then that of an audit. */
async function ours(run: AuditRun, { signal }: LongWork): Promise<AuditTaken> {
  const script = fileURLToPath(new URL('./audit-process.ts', import.meta.url));
  const args = ['--import', import.meta.resolve('tsx'), script, JSON.stringify(run)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { signal });
  return JSON.parse(stdout);
}

function findingOf(
  mine: AuditTaken[],
  theirs: AuditTaken[],
  skipped: string | undefined,
  peer: string,
): Finding {
  const times = { ours: mine.map(({ ms }) => ms), theirs: theirs.map(({ ms }) => ms) };
  const ratio = skipped === undefined ? medianRatio(times) : null;
  const peak = Math.max(...mine.map(({ peakMb }) => peakMb));
  const claims: Claim[] = [
    { what: 'peak of an audit, MB', value: peak, atMost: MOST_MEGABYTES },
    ...(ratio === null ? [] : [{ what: 'time, ours ÷ theirs', value: ratio, atMost: MOST_TIMES }]),
  ];
  const recalls = (side: AuditTaken[], suffix: string) =>
    Object.entries(side[0]?.recall ?? {}).map(([k, value]) => [`recall@${k}${suffix}`, value] as const);
  return {
    bench: 'audit',
    peer,
    ...(skipped !== undefined && { skipped }),
    ratio,
    claims,
    figures: {
      seconds: quantile(times.ours, 0.5) / 1000,
      ...(ratio !== null && {
        'seconds, peer': quantile(times.theirs, 0.5) / 1000,
        'peak of the peer, MB': Math.max(...theirs.map(({ peakMb }) => peakMb)),
      }),
      ...Object.fromEntries([...recalls(mine, ''), ...recalls(theirs, ', peer')]),
    },
  };
}
