import { expect, test } from 'vitest';
import { type Check, describeExamination, isHealthy } from './check.ts';

const check = (state: Check['state'], advice?: string): Check => ({
  name: state,
  state,
  found: `found ${state}`,
  ...(advice !== undefined && { advice }),
});

test('notes leave a machine healthy, a problem does not', () => {
  expect(isHealthy([{ group: 'a', checks: [check('ok'), check('note', 'Mind it.')] }])).toBe(true);
  expect(
    isHealthy([
      { group: 'a', checks: [check('ok')] },
      { group: 'b', checks: [check('problem')] },
    ]),
  ).toBe(false);
});

test('every check has a row, and what to do stands below them', () => {
  const text = describeExamination([
    { group: 'parts', checks: [check('ok'), check('problem', 'Mend it.')] },
    { group: 'devices', checks: [check('note')] },
  ]);
  expect(text.split('\n').map((line) => line.trimEnd())).toEqual([
    '         check    state    found',
    'parts    ok       ok       found ok',
    '         problem  problem  found problem',
    'devices  note     note     found note',
    '',
    'problem: Mend it.',
    '',
    'Something that Sinter needs does not work.',
  ]);
});
