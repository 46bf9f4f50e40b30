import { platform } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { hasSwiftShader, SWIFTSHADER_ENV, whyNoSwiftShader } from '../../test/swiftshader.ts';
import { ownCore } from '../threads/own-core.ts';
import { type ProbeRequest, probeDevice } from './probe-device.ts';

const ONE = { workers: 1, threadsPerWorker: 1 };
const OF_ANOTHER_SYSTEM = platform() === 'darwin' ? 'dml' : 'coreml';

/** Noise through the graph of `test/graphs`, whose vectors are the mean colours through a small matrix. */
const request = (changed: Partial<ProbeRequest> = {}): ProbeRequest => ({
  graph: { path: fileURLToPath(new URL('../../test/graphs/tiny.onnx', import.meta.url)), size: 8, dim: 4 },
  device: 'cpu',
  images: [3, 5, 7].map((step) => Uint8Array.from({ length: 8 * 8 * 3 }, (_, i) => (i * step) % 256)),
  shapes: [ONE],
  ...changed,
});

const succeeded = async (...args: Parameters<typeof probeDevice>) => {
  const probe = await probeDevice(...args);
  if ('failure' in probe) throw new Error(probe.failure);
  return probe;
};

test('answers a vector for each image and a speed for each shape, measured with all cores', async () => {
  const withAllCores = vi.spyOn(ownCore, 'withAllCores');
  const { vectors, speeds } = await succeeded(
    request({ shapes: [ONE, { workers: 2, threadsPerWorker: 1 }] }),
  );
  expect(vectors.map((vector) => vector.length)).toEqual([4, 4, 4]);
  for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
  expect(speeds.map(({ workers }) => workers)).toEqual([1, 2]);
  expect(withAllCores).toHaveBeenCalledOnce();
  for (const { imagesPerSecond } of speeds) expect(imagesPerSecond).toBeGreaterThan(1);
});

test('a device that cannot be had, a graph that is none and a probe without end are answers', async () => {
  expect(await probeDevice(request({ device: OF_ANOTHER_SYSTEM }))).toEqual({
    failure: expect.stringContaining(`The device ${OF_ANOTHER_SYSTEM} cannot be used: `),
  });
  const graph = { ...request().graph, path: '/nowhere.onnx' };
  expect(await probeDevice(request({ graph }))).toEqual({
    failure: 'There is no model graph /nowhere.onnx.',
  });
  expect(await probeDevice(request(), { timeoutMs: 1 })).toEqual({
    failure: 'The device cpu cannot be used: it gave no answer within 0.001 s.',
  });
});

test.skipIf(!hasSwiftShader)(
  `WebGPU embeds in a worker thread what the CPU does${whyNoSwiftShader}`,
  async () => {
    const onCpu = await succeeded(request());
    const onGpu = await succeeded(request({ device: 'webgpu' }), { env: SWIFTSHADER_ENV });
    expect(onGpu.speeds).toHaveLength(1);
    onGpu.vectors.forEach((vector, image) => {
      vector.forEach((value, i) => {
        expect(value).toBeCloseTo(onCpu.vectors[image]?.[i] as number, 5);
      });
    });
  },
);

test.skipIf(!hasSwiftShader)(
  `two sessions on one GPU take turns and come to no harm${whyNoSwiftShader}`,
  async () => {
    const shapes = [{ workers: 2, threadsPerWorker: 1 }];
    const { vectors } = await succeeded(request({ device: 'webgpu', shapes }), { env: SWIFTSHADER_ENV });
    expect(vectors).toHaveLength(3);
  },
);
