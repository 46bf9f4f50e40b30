/** What a bench found: its claims with their bars, and the figures behind them, for people and for programs. */
import { arch, availableParallelism, cpus, loadavg, platform } from 'node:os';
import { table } from '../terminal/table.ts';

/** A measured value and the bar that it must keep. */
export type Claim = { what: string; value: number } & ({ atMost: number } | { atLeast: number });

export type Finding = {
  bench: string;
  /** What was compared with, and its version. */
  peer: string;
  /** Why the peer was not measured; the claims that need it are then absent. */
  skipped?: string;
  /** How many times as long as the peer it took, or null where the peer was not measured. */
  ratio: number | null;
  claims: Claim[];
  figures: Record<string, number | string>;
};

export type Answer = Omit<Finding, 'claims'> & {
  claims: (Claim & { holds: boolean })[];
  /** Whether every claim holds; null where none could be tested. */
  holds: boolean | null;
  machine: { cpu: string; cores: number; node: string; platform: string; load1: number };
};

/** The finding with its claims judged, numbers to four digits, and the machine that it was made on. */
export function judge({ claims, figures, ...finding }: Finding): Answer {
  const judged = claims.map((claim) => ({ ...claim, value: fourDigits(claim.value), holds: holds(claim) }));
  return {
    ...finding,
    ratio: finding.ratio === null ? null : fourDigits(finding.ratio),
    holds: judged.length === 0 ? null : judged.every((claim) => claim.holds),
    claims: judged,
    figures: Object.fromEntries(
      Object.entries(figures).map(([name, value]) => [
        name,
        typeof value === 'number' ? fourDigits(value) : value,
      ]),
    ),
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: availableParallelism(),
      node: process.version,
      platform: `${platform()} ${arch()}`,
      load1: fourDigits(loadavg()[0] as number),
    },
  };
}

/** The answer as text. */
export function describeAnswer({ bench, peer, skipped, claims, figures, machine }: Answer): string {
  const claimRows = claims.map((claim) => [claim.what, String(claim.value), bar(claim), verdict(claim)]);
  const figureRows = Object.entries(figures).map(([name, value]) => [name, String(value)]);
  return [
    `${bench}, against ${peer}${skipped === undefined ? '' : ` (not measured: ${skipped})`}`,
    '',
    ...(claims.length === 0
      ? []
      : [
          table(
            [{ title: 'claim' }, { title: 'value', align: 'right' }, { title: 'bar' }, { title: '' }],
            claimRows,
          ),
          '',
        ]),
    table([{ title: 'figure' }, { title: 'value', align: 'right' }], figureRows),
    '',
    `${machine.cpu}, ${machine.cores} cores, ${machine.platform}, Node ${machine.node}, load ${machine.load1}`,
  ].join('\n');
}

function holds(claim: Claim): boolean {
  return 'atMost' in claim ? claim.value <= claim.atMost : claim.value >= claim.atLeast;
}

function bar(claim: Claim): string {
  return 'atMost' in claim ? `at most ${claim.atMost}` : `at least ${claim.atLeast}`;
}

function verdict(claim: { holds: boolean }): string {
  return claim.holds ? 'holds' : 'FAILS';
}

function fourDigits(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(4));
}
