/** Which execution providers embed the golden images of a bundle as they should, and how fast; each in a process of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEVICE_NEEDS, DEVICES, type Device } from '../../retrieval/embed/device.ts';
import { GRAPH_FILE } from '../../retrieval/model/bundle-format.ts';
import { type Tried, tryOut } from '../../retrieval/model/choose-plan.ts';
import { readCard } from '../../retrieval/model/read-card.ts';
import { initialNetwork, writeUntrained } from '../untrained-bundle.ts';
import type { Check } from './check.ts';

/** Runs the bundle in `model`, or a small network made for this, on every device that there could be. */
export async function checkDevices(model?: string): Promise<Check[]> {
  if (model !== undefined) return checkWith(model);
  const folder = await mkdtemp(join(tmpdir(), 'sinter-doctor-'));
  try {
    await writeUntrained(join(folder, 'model'), initialNetwork(1), 1);
    return await checkWith(join(folder, 'model'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function checkWith(folder: string): Promise<Check[]> {
  const card = await readCard(folder);
  const graph = { path: join(folder, GRAPH_FILE), size: card.input.crop, dim: card.dim };
  const tried = await tryOut(card, graph, { device: 'auto' });
  return DEVICES.map((device) =>
    check(
      device,
      tried.find((each) => each.device === device),
    ),
  );
}

/** Only the CPU must work. */
function check(device: Device, tried: Tried | undefined): Check {
  if (tried === undefined)
    return { name: device, state: 'ok', found: 'not in the build of onnxruntime-node for this system' };
  if ('failure' in tried) {
    const state = device === 'cpu' ? 'problem' : 'note';
    return { name: device, state, found: tried.failure, advice: DEVICE_NEEDS[device] };
  }
  const speeds = tried.speeds.map(
    ({ workers, threadsPerWorker, imagesPerSecond }) =>
      `${workers} × ${threadsPerWorker}: ${Math.round(imagesPerSecond)} images/s`,
  );
  return { name: device, state: 'ok', found: `golden images agree; sessions × threads ${speeds.join(', ')}` };
}
