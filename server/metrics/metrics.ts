/** What the server measures of itself, as Prometheus reads it. Knows nothing of routes; each server has its own numbers. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** The stages of a search; `queue` is the wait for a thread that embeds. */
export type Stage = 'decode' | 'queue' | 'embed' | 'search';

export type Metrics = {
  readonly registry: Registry;
  /** A request that is over; `route` is its pattern, such as /v1/galleries/{gallery}/search. */
  noteRequest(request: { route: string; method: string; status: number; ms: number }): void;
  /** How long a stage took. */
  noteStage(stage: Stage, ms: number): void;
  /** How many images one run of a model's graph took. */
  noteBatch(model: string, images: number): void;
};

/** From 1 ms to 10 s, closest where searches are. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const BATCHES = [1, 2, 4, 8, 16, 32, 64];

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  // Among them the delay of the event loop, memory, CPU time and collections of garbage.
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: 'sinter_http_requests_total',
    help: 'Requests answered, by route, method and status',
    labelNames: ['route', 'method', 'status'] as const,
    registers,
  });
  const requestSeconds = new Histogram({
    name: 'sinter_http_request_seconds',
    help: 'Time from the arrival of a request to the end of its answer',
    labelNames: ['route', 'method'] as const,
    buckets: SECONDS,
    registers,
  });
  const stageSeconds = new Histogram({
    name: 'sinter_stage_seconds',
    help: 'Time of each stage of a search: decode, queue, embed, search',
    labelNames: ['stage'] as const,
    buckets: SECONDS,
    registers,
  });
  const batchImages = new Histogram({
    name: 'sinter_embed_batch_images',
    help: 'Images that shared a run of the graph, seen from each image',
    labelNames: ['model'] as const,
    buckets: BATCHES,
    registers,
  });
  return {
    registry,
    noteRequest: ({ route, method, status, ms }) => {
      requests.inc({ route, method, status });
      requestSeconds.observe({ route, method }, ms / 1000);
    },
    noteStage: (stage, ms) => stageSeconds.observe({ stage }, ms / 1000),
    noteBatch: (model, images) => batchImages.observe({ model }, images),
  };
}

/** A gauge whose values are asked for when Prometheus asks: labels and a value for each thing there is now. */
export function addGauge<Label extends string>(
  { registry }: Metrics,
  gauge: { name: string; help: string; labels: Label[] },
  values: () => Promise<{ labels: Record<Label, string>; value: number }[]>,
): void {
  const { name, help, labels: labelNames } = gauge;
  new Gauge({
    name,
    help,
    labelNames,
    registers: [registry],
    async collect() {
      this.reset();
      for (const { labels, value } of await values()) this.set(labels, value);
    },
  });
}
