import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  build,
  folderWithModel,
  removeTemporaryFolders,
  SINTER,
  SMALL_NETWORK,
  start,
} from './sinter.test-helper.ts';

/** Any of these keeps ONNX Runtime from sending, too. */
const QUIETENED_BY = [
  'ORT_DISABLE_TELEMETRY',
  'ORT_RUNNING_UNIT_TESTS',
  'CI',
  'TF_BUILD',
  'GITHUB_ACTIONS',
  'JENKINS_URL',
];

let folder: string;
beforeAll(async () => {
  await build();
  folder = await folderWithModel(4);
});
afterAll(removeTemporaryFolders);

// What is sent lies in a database under the user's home first, beside an id of the machine: a home that stays empty shows
// that there is nothing to send. One after another, since the gallery of the first is clustered by the second.
test.each<[string, ...string[]]>([
  ['index', 'shapes', '--model', 'models/tiny', '--gallery', 'g'],
  ['cluster', '--gallery', 'g', '--k', '2'],
  ['audit', 'shapes', '--model', 'models/tiny'],
  ['train', 'shapes', '--out', 'models/new', '--epochs', '1', ...SMALL_NETWORK],
  ['doctor'],
])(
  'sinter %s leaves nothing of ONNX Runtime with its user, and so sends nothing',
  async (...args) => {
    const home = join(folder, `home-of-${args[0]}`);
    await mkdir(home);
    const env: NodeJS.ProcessEnv = { ...process.env, HOME: home, USERPROFILE: home };
    for (const name of [...QUIETENED_BY, 'XDG_CACHE_HOME', 'XDG_DATA_HOME']) delete env[name];
    const { code, stderr } = await start(folder, [SINTER, ...args], env).ended;
    expect(code, stderr).toBe(0);
    expect(stderr).not.toContain('elemetry');
    expect(await readdir(home, { recursive: true })).toEqual([]);
  },
  60_000,
);
