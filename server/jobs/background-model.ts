/**
 * A model as jobs use it: searches go first. A job never has more images at a model than it has threads, so that a search
 * waits for one of them at most, and only one while there are searches.
 */
import type { Model } from '../../retrieval/model/model.ts';

/** The model itself is left open when this one is closed with. */
export function inBackground(model: Model): Model {
  const waiting: (() => void)[] = [];
  let inside = 0;

  const mostInside = () => {
    const { waiting: queued, running } = model.load();
    return queued + running > inside ? 1 : model.plan.workers;
  };
  const enter = async () => {
    while (inside >= mostInside()) await new Promise<void>((resolve) => waiting.push(resolve));
    inside++;
  };
  const leave = () => {
    inside--;
    for (const wake of waiting.splice(0)) wake();
  };
  return {
    card: model.card,
    id: model.id,
    plan: model.plan,
    atOnce: model.atOnce,
    load: () => model.load(),
    observe: (listener) => model.observe(listener),
    close: async () => {},
    embedImage: async (image, signal, crop) => {
      await enter();
      try {
        return await model.embedImage(image, signal, crop);
      } finally {
        leave();
      }
    },
  };
}
