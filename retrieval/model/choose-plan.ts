/**
 * Decides where a bundle's graph runs: on the fastest device that passes the golden pairs, in as many sessions and threads
 * as are fastest. Measured once for a machine, a model and a wish, then remembered.
 */
import { DEVICE_NEEDS, type Device, type DeviceChoice, devicesAmong } from '../embed/device.ts';
import { listProviders } from '../embed/embed-thread.ts';
import type { EmbedderGraph, RunPlan } from '../embed/embedder.ts';
import { defaultWorkers } from '../embed/open-embedder.ts';
import { probeDevice, type SessionShape, type Speed } from '../embed/probe-device.ts';
import { SinterError } from '../errors.ts';
import { usableCores } from '../threads/usable-cores.ts';
import type { ModelCard } from './bundle-format.ts';
import { checkGoldenVectors, goldenPixels } from './golden.ts';
import { rememberedPlan } from './remembered-plan.ts';

/** What is left open is measured. */
export type PlanWish = { device: DeviceChoice; workers?: number; threadsPerWorker?: number };

/** A device that was tried out: its speed in each shape, or why it cannot be used. */
export type Tried = { device: Device } & ({ speeds: Speed[] } | { failure: string });

export type PlanOptions = {
  /** Folder to remember plans in. */
  cache: string;
  /** Told, in a sentence, what was measured and chosen, where it was not remembered. */
  say?: (sentence: string) => void;
};

/**
 * How much faster something else must be before it is taken instead of what comes first. Less may be noise; and threads that
 * share a run wait for each other as soon as a decoder takes one of their cores: MobileNetV2 in one session of two threads
 * was 4% faster alone than in two of one, and a sixth slower in a server. The same holds
 * between devices, of which the CPU comes last: a GPU leaves the cores to the decoders.
 */
const WORTH_IT = 1.25;

/**
 * Chooses for the graph of a card. Throws `no-device` where a device that was asked for by name is not there, cannot run
 * the graph or fails the golden pairs; `auto` then takes another one, of which the CPU is the last.
 */
export async function choosePlan(
  card: ModelCard,
  graph: EmbedderGraph,
  wish: PlanWish,
  { cache, say = () => {} }: PlanOptions,
): Promise<RunPlan> {
  const { device, workers, threadsPerWorker } = wish;
  if (device === 'cpu' && workers !== undefined && threadsPerWorker !== undefined)
    return { device, workers, threadsPerWorker };
  return rememberedPlan(cache, { model: card.graphSha256, device, workers, threadsPerWorker }, async () => {
    const tried = await tryOut(card, graph, wish);
    const plan = fastest(tried, wish);
    say(describe(tried, plan));
    return plan;
  });
}

/** Tries every device that is wished for and listed, one after another, so that none slows another down. */
export async function tryOut(card: ModelCard, graph: EmbedderGraph, wish: PlanWish): Promise<Tried[]> {
  const pixels = await goldenPixels(card);
  const tried: Tried[] = [];
  for (const device of await wishedDevices(wish.device))
    tried.push(await tryDevice(device, shapesFor(device, wish), { card, graph, pixels }));
  return tried;
}

async function wishedDevices(choice: DeviceChoice): Promise<Device[]> {
  const listed = devicesAmong(await listProviders());
  if (choice === 'auto') return listed;
  if (listed.includes(choice)) return [choice];
  const has = `onnxruntime-node has ${listed.join(', ')} on this system, not ${choice}`;
  const advice = `${DEVICE_NEEDS[choice]} Or let \`--device auto\` choose.`;
  throw new SinterError('no-device', `The device ${choice} cannot be used: ${has}. ${advice}`);
}

async function tryDevice(
  device: Device,
  shapes: SessionShape[],
  { card, graph, pixels }: { card: ModelCard; graph: EmbedderGraph; pixels: Uint8Array[] },
): Promise<Tried> {
  const probe = await probeDevice({ graph, device, images: pixels, shapes });
  if ('failure' in probe) return { device, failure: probe.failure };
  try {
    checkGoldenVectors(card, { device, pixels, vectors: probe.vectors });
  } catch (error) {
    return { device, failure: (error as Error).message };
  }
  return {
    device,
    speeds: [bestOf(probe.speeds), ...probe.speeds.filter((s) => s !== bestOf(probe.speeds))],
  };
}

/** One session a core, one session over all cores, and on larger machines what lies between; on a GPU one session. */
function shapesFor(device: Device, { workers, threadsPerWorker }: PlanWish): SessionShape[] {
  if (workers !== undefined && threadsPerWorker !== undefined) return [{ workers, threadsPerWorker }];
  if (device !== 'cpu') return [{ workers: workers ?? 1, threadsPerWorker: threadsPerWorker ?? 1 }];
  const cores = usableCores;
  const share = (parts: number) => Math.max(1, Math.floor(cores / parts));
  if (workers !== undefined)
    return distinct([1, share(workers)]).map((threads) => ({ workers, threadsPerWorker: threads }));
  if (threadsPerWorker !== undefined) return [{ workers: share(threadsPerWorker), threadsPerWorker }];
  return distinct([defaultWorkers(device), share(2), share(4), 1])
    .filter((count) => count <= defaultWorkers(device))
    .map((count) => ({ workers: count, threadsPerWorker: share(count) }));
}

function fastest(tried: Tried[], wish: PlanWish): RunPlan {
  const usable = tried.flatMap((each) =>
    'speeds' in each ? [{ ...each.speeds[0], device: each.device }] : [],
  );
  if (usable.length === 0) throw refusal(tried, wish.device);
  const { device, workers, threadsPerWorker } = bestOf(usable as (Speed & { device: Device })[]);
  return { device, workers, threadsPerWorker };
}

/** The first, unless another one is so much faster that it is worth it. */
function bestOf<S extends Speed>(speeds: readonly S[]): S {
  const best = speeds.reduce((a, b) => (b.imagesPerSecond > a.imagesPerSecond ? b : a));
  const first = speeds[0] as S;
  return best.imagesPerSecond > WORTH_IT * first.imagesPerSecond ? best : first;
}

function refusal(tried: Tried[], choice: DeviceChoice): SinterError {
  const failures = tried.flatMap((each) => ('failure' in each ? [each.failure] : [])).join(' ');
  if (choice === 'auto' || choice === 'cpu')
    return new SinterError('bad-model', `The model runs on no device of this machine. ${failures}`);
  const advice = `${DEVICE_NEEDS[choice]} \`sinter doctor\` says more; \`--device auto\` takes what works.`;
  return new SinterError('no-device', `${failures} ${advice}`);
}

/** Such as `Embedding on cpu 2 × 1: 320 images/s (sessions × threads), beside cpu 1 × 2: 250 images/s. The device webgpu cannot be used: …` */
function describe(tried: Tried[], plan: RunPlan): string {
  const nameOf = (run: RunPlan) => `${run.device} ${run.workers} × ${run.threadsPerWorker}`;
  const measured = tried.flatMap(({ device, ...each }) =>
    'speeds' in each ? each.speeds.map((speed) => ({ device, ...speed })) : [],
  );
  const isChosen = (run: RunPlan) => nameOf(run) === nameOf(plan);
  const say = (run: Speed & RunPlan) => `${nameOf(run)}: ${Math.round(run.imagesPerSecond)} images/s`;
  const chosen = measured.filter(isChosen).map(say).join();
  const others = measured.filter((run) => !isChosen(run)).map(say);
  const beside = others.length > 0 ? `, beside ${others.join('; ')}` : '';
  const failures = tried.map((each) => ('failure' in each ? ` ${each.failure}` : '')).join('');
  return `Embedding on ${chosen} (sessions × threads)${beside}.${failures}`;
}

function distinct(numbers: number[]): number[] {
  return [...new Set(numbers)];
}
