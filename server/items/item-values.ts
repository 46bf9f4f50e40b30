/** What an item may be given from outside, as schemas: its id, label, metadata. */
import { z } from 'zod';
import type { ItemPatch } from '../../retrieval/gallery/item.ts';
import { orJsonText } from '../http/request-values.ts';

const MAX_ID_LENGTH = 1024;
const MAX_LABEL_LENGTH = 1024;
const MAX_METADATA_BYTES = 64 * 1024;

/** An id becomes a segment of an address: browsers take `.` and `..` out of those, and half a character cannot be written. */
export const newItemId = z
  .string()
  .min(1)
  .max(MAX_ID_LENGTH)
  .refine((id) => id !== '.' && id !== '..' && !/\p{Surrogate}/u.test(id), {
    error: ({ input }) => `expected an id that can stand in an address, got ${JSON.stringify(input)}`,
  });

export const labelValue = z.string().max(MAX_LABEL_LENGTH).nullable();

export const metadataValue = orJsonText(
  z
    .record(z.string(), z.unknown())
    .refine((metadata) => JSON.stringify(metadata).length <= MAX_METADATA_BYTES, {
      error: `expected metadata of at most ${MAX_METADATA_BYTES / 1024} KiB as JSON, got more`,
    }),
);

/** What is changed of items that are there. */
export const patchFields = {
  label: labelValue.optional().describe('null takes the label away'),
  metadata: metadataValue
    .optional()
    .describe('Merged into what is there as by RFC 7396: null takes a name away, what is not named stays'),
};

/** Throws where a patch would change nothing. */
export function requireChange({
  value,
  issues,
}: z.core.ParsePayload<{ label?: unknown; metadata?: unknown }>) {
  if (value.label !== undefined || value.metadata !== undefined) return;
  issues.push({ code: 'custom', message: 'expected `label`, `metadata` or both, got neither', input: value });
}

/** What is undefined is not a change. */
export function toPatch({
  label,
  metadata,
}: {
  label?: ItemPatch['label'] | undefined;
  metadata?: ItemPatch['metadata'] | undefined;
}): ItemPatch {
  return { ...(label !== undefined && { label }), ...(metadata !== undefined && { metadata }) };
}
