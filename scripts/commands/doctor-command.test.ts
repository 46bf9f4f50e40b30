import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { hasSwiftShader, SWIFTSHADER_ENV, whyNoSwiftShader } from '../../test/swiftshader.ts';
import type { Check, Examination } from '../doctor/check.ts';

const SINTER = fileURLToPath(new URL('../sinter.ts', import.meta.url));

const doctor = async (args: string[], env: NodeJS.ProcessEnv = process.env) => {
  const node = ['--import', import.meta.resolve('tsx'), SINTER, 'doctor', ...args];
  return (await promisify(execFile)(process.execPath, node, { env })).stdout;
};

const checksOf = (examination: Examination, wanted: string): Record<string, Check> =>
  Object.fromEntries(
    examination.flatMap(({ group, checks }) =>
      group === wanted ? checks.map((each) => [each.name, each]) : [],
    ),
  );

test(`finds that this machine works, and a GPU in software where there is one${whyNoSwiftShader}`, async () => {
  const env = hasSwiftShader ? SWIFTSHADER_ENV : process.env;
  const { healthy, examination } = JSON.parse(await doctor(['--json'], env));
  expect(healthy).toBe(true);
  const groups = ['versions', 'processor', 'memory', 'disk', 'parts', 'devices'];
  expect(examination.map(({ group }: { group: string }) => group)).toEqual(groups);
  for (const { state } of Object.values(checksOf(examination, 'parts'))) expect(state).toBe('ok');
  const { cpu, webgpu, dml } = checksOf(examination, 'devices');
  expect(cpu).toMatchObject({ state: 'ok', found: expect.stringContaining('golden images agree') });
  if (hasSwiftShader) expect(webgpu?.found).toContain('golden images agree');
  if (process.platform !== 'win32') expect(dml?.found).toContain('not in the build of onnxruntime-node');
});

test('a model that is not there is no finding but an error', async () => {
  await expect(doctor(['--model', '/nowhere'])).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('Expected a model bundle in /nowhere'),
  });
});
