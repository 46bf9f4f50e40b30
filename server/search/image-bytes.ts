/** An image in a request: the bytes of a form's file, or base64 in JSON, as a data URL or alone. Nothing is ever fetched. */
import { z } from 'zod';

const DATA_URL = /^data:[\w.+-]+\/[\w.+-]+(;[\w.+=-]+)*,/;
const ADDRESS = /^[a-z][a-z0-9+.-]*:\/\//i;

/** Gives the bytes. Whether they are an image is seen when they are decoded. */
export const imageBytes = z
  .preprocess(toBytes, z.instanceof(Uint8Array, { error: ({ input }) => refusal(input) }))
  .describe('An image file: bytes in a form; in JSON base64, as a data URL or alone');

/** How long so many bytes are in base64. */
export function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

function toBytes(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const [head = ''] = DATA_URL.exec(value.slice(0, 200)) ?? [];
  if (head !== '' && !head.endsWith(';base64,')) return value;
  const text = value.slice(head.length);
  const bytes = Buffer.from(text, 'base64');
  return bytes.length > 0 && bytes.length === decodedLength(text) ? bytes : value;
}

/** Node leaves out what is no base64, so that a length that is short of this tells of it. */
function decodedLength(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return Math.floor(((base64.length - padding) * 3) / 4);
}

function refusal(value: unknown): string {
  if (value === undefined) return 'expected an image, got nothing';
  if (typeof value !== 'string') return `expected an image as base64, got ${typeof value}`;
  if (ADDRESS.test(value)) return 'expected the image itself as base64; addresses are not fetched';
  const start = value.length > 24 ? `${value.slice(0, 24)}…` : value;
  return `expected an image as base64 or as a data URL, got ${JSON.stringify(start)}`;
}
