/** What an examination of the machine finds, for people and for programs. Knows nothing of what is examined. */
import { table } from '../terminal/table.ts';

/** `note`: it works, but something about it is worth knowing. `problem`: something that Sinter needs does not work. */
export type CheckState = 'ok' | 'note' | 'problem';

export type Check = {
  name: string;
  state: CheckState;
  found: string;
  /** What to do, as a sentence. */
  advice?: string;
};

export type Examination = { group: string; checks: Check[] }[];

/** Whether nothing that Sinter needs fails. */
export function isHealthy(examination: Examination): boolean {
  return examination.every(({ checks }) => checks.every(({ state }) => state !== 'problem'));
}

/** A table of all checks; under it, what to do. */
export function describeExamination(examination: Examination): string {
  const rows = examination.flatMap(({ group, checks }) =>
    checks.map(({ name, state, found }, i) => [i === 0 ? group : '', name, state, found]),
  );
  const advice = examination
    .flatMap(({ checks }) => checks)
    .filter((check) => check.advice !== undefined)
    .map(({ name, advice }) => `${name}: ${advice}`);
  const columns = [{ title: '' }, { title: 'check' }, { title: 'state' }, { title: 'found' }];
  const verdict = isHealthy(examination)
    ? 'Sinter works on this machine.'
    : 'Something that Sinter needs does not work.';
  return [table(columns, rows), ...advice, verdict].join('\n\n');
}
