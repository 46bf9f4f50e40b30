import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { hasSwiftShader, SWIFTSHADER_ENV, whyNoSwiftShader } from '../../test/swiftshader.ts';
import { folderWithModel, removeTemporaryFolders } from '../sinter.test-helper.ts';

const SINTER = fileURLToPath(new URL('../sinter.ts', import.meta.url));
afterAll(removeTemporaryFolders);

test.skipIf(!hasSwiftShader)(`what WebGPU indexed, the CPU finds${whyNoSwiftShader}`, async () => {
  const cwd = await folderWithModel(5);
  const sinter = async (...args: string[]) => {
    const node = ['--import', import.meta.resolve('tsx'), SINTER, ...args, '--gallery', 'shapes', '--json'];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, node, {
      cwd,
      env: SWIFTSHADER_ENV,
    });
    return { answer: JSON.parse(stdout), stderr };
  };
  const indexed = await sinter('index', 'shapes', '--model', 'models/tiny', '--device', 'webgpu');
  expect(indexed.answer).toMatchObject({ items: 20, embedded: 20, skipped: [] });
  expect(indexed.stderr).toContain('Embedding on webgpu 1 × 1: ');
  const { answer } = await sinter('search', 'shapes/blue/2.png', '--device', 'cpu', '--k', '1');
  expect(answer.results[0]).toMatchObject({ id: 'blue/2.png', similarity: expect.closeTo(1, 5) });
});
