/** The thread for reading that goes through many rows, on a connection of its own, so that the event loop never waits on it. */
import { answerCalls, initialData } from '../threads/call.ts';
import { Database } from './database.ts';
import { EmbeddingStore } from './embedding-store.ts';
import { summarizeFields } from './field-summary.ts';
import type { Filter } from './filter.ts';
import type { ListOptions } from './item.ts';
import { ItemStore } from './item-store.ts';

/** Answers that are kept until somebody writes: pages of one search ask for the same again. */
const MOST_ANSWERS = 16;

const db = new Database(initialData<string>());
const items = new ItemStore(db);
const embeddings = new EmbeddingStore(db);
const answers = new Map<string, unknown>();
let version = '';

const methods = {
  count: (filter?: Filter) => remembered(['count', filter], () => items.countOf(filter)),
  labels: (filter?: Filter) => remembered(['labels', filter], () => items.labels(filter)),
  fields: (filter?: Filter) => remembered(['fields', filter], () => summarizeFields(db, filter)),
  page: (options: ListOptions) => items.page(options),
  slots: (filter: Filter, model: string) =>
    remembered(['slots', filter, model], () => embeddings.slotsOf(filter, model)),
  close: () => db.close(),
};
export type ScanMethods = typeof methods;

answerCalls(methods);

function remembered<T>(question: unknown[], answer: () => T): T {
  const now = db.version();
  if (now !== version) answers.clear();
  version = now;
  const key = JSON.stringify(question);
  if (!answers.has(key)) {
    const [oldest] = answers.keys();
    if (answers.size >= MOST_ANSWERS && oldest !== undefined) answers.delete(oldest);
    answers.set(key, answer());
  }
  return answers.get(key) as T;
}
