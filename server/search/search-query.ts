/** What a search may ask for, as schemas. Knows nothing of how it is answered. */
import { z } from 'zod';
import { filterSchema } from '../../retrieval/gallery/filter.ts';
import { orJsonText, wholeNumber } from '../http/request-values.ts';
import { imageBytes } from './image-bytes.ts';

/** How far paging goes: every page is searched with those before it. */
const MAX_OFFSET = 10_000;
const MAX_EXCLUDED = 1000;

const share = z.number().min(0).max(1);
export const cropSchema = z
  .strictObject({ x: share, y: share, width: share.gt(0), height: share.gt(0) })
  .refine(({ x, y, width, height }) => x + width <= 1.001 && y + height <= 1.001, {
    error: 'expected a box inside the image: x + width and y + height at most 1',
  })
  .meta({ id: 'Crop', description: 'A box of the upright image, as fractions of its width and height' });

const includable = z.enum(['metadata', 'thumbnail', 'cluster', 'total']);

const number = (schema: z.ZodNumber) => z.preprocess(toNumber, schema);

const fields = {
  image: imageBytes.optional(),
  id: z.string().min(1).optional().describe('An item to search with; it is not among its own neighbours'),
  vector: orJsonText(z.array(z.number()).min(1))
    .optional()
    .describe('An embedding to search with, of any length but zero; needs `model`'),
  model: z
    .string()
    .optional()
    .describe(
      'Name or id of the model that is expected; where the gallery has another one, the answer is 409',
    ),
  k: wholeNumber({ min: 1, max: 1000 }).default(24).describe('How many results at most'),
  offset: wholeNumber({ min: 0, max: MAX_OFFSET }).default(0).describe('How many results to pass over'),
  minSimilarity: number(z.number().min(-1).max(1)).optional().describe('Leave out what is less similar'),
  filter: orJsonText(filterSchema).optional().describe('Search among the items that it lets through'),
  crop: orJsonText(cropSchema).optional().describe('Search with this part of `image`'),
  exclude: orJsonText(z.array(z.string()).max(MAX_EXCLUDED))
    .default([])
    .describe('Items that are left out, by id'),
  include: orJsonText(z.array(includable))
    .default(['metadata'])
    .describe(
      'What else to answer: metadata, thumbnail URL and cluster of every result (with the cluster that the query falls in), and the total of items searched among',
    ),
};

/** A query under the address of its gallery. */
export const searchQuery = z.strictObject(fields).check(checkQuery);

/** A query that names its gallery itself. */
export const galleryQuery = z
  .strictObject({
    gallery: z.string().optional().describe('May be left out where only one is served'),
    ...fields,
  })
  .check(checkQuery);

export type SearchQuery = z.output<typeof searchQuery>;

type Given = Pick<SearchQuery, 'image' | 'id' | 'vector' | 'model' | 'crop'>;

function checkQuery({ value, issues }: z.core.ParsePayload<Given>): void {
  const complain = (message: string) => issues.push({ code: 'custom', message, input: value });
  const given = (['image', 'id', 'vector'] as const).filter((name) => value[name] !== undefined);
  if (given.length !== 1) {
    const got = given.length === 0 ? 'none of them' : given.join(' and ');
    complain(`expected one of \`image\`, \`id\` and \`vector\`, got ${got}`);
  }
  if (value.crop && !value.image) complain('expected `crop` with an `image` alone');
  if (value.vector && value.model === undefined) complain('expected `model`, which made the `vector`');
  if (value.vector && !(Math.hypot(...value.vector) > 0)) complain('expected a `vector` that is not zero');
}

/** Of a form's field. */
function toNumber(value: unknown): unknown {
  return typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value))
    ? Number(value)
    : value;
}
