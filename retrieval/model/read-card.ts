/** Reads `model.json` and says plainly what is wrong with it; whether the graph keeps its promises is checked elsewhere. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SinterError } from '../errors.ts';
import { BUNDLE_VERSION, CARD_FILE, type ModelCard, modelCard } from './bundle-format.ts';

/** Reads the card of the bundle in `folder`. Throws `not-found` where there is no bundle, `bad-model` where the card is damaged. */
export async function readCard(folder: string): Promise<ModelCard> {
  const path = join(folder, CARD_FILE);
  const text = await readFile(path, 'utf8').catch(() => {
    throw new SinterError('not-found', `Expected a model bundle in ${folder}; it has no ${CARD_FILE}.`);
  });
  return checkCard(parseJson(text, path), path);
}

/** The card, if it is one; `path` is where it lies or will lie. Throws `bad-model` with each problem. */
export function checkCard(card: unknown, path: string): ModelCard {
  const { data, error } = modelCard.safeParse(card);
  if (data) return data;
  throw damaged(path, error.issues.map(describe).join('; '));
}

function parseJson(text: string, path: string): unknown {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw damaged(path, `it is not JSON (${(error as Error).message})`);
  }
  const version = (json as { formatVersion?: unknown } | null)?.formatVersion;
  if (version === undefined || version === BUNDLE_VERSION) return json;
  throw damaged(path, `its formatVersion is ${version}, and this program reads version ${BUNDLE_VERSION}`);
}

function describe({ path, message }: { path: PropertyKey[]; message: string }): string {
  return path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`;
}

function damaged(path: string, problem: string): SinterError {
  return new SinterError(
    'bad-model',
    `${path} is not the card of a model: ${problem}. Export the model again.`,
  );
}
