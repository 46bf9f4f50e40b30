/** POST /v1/embeddings: images → vectors, in the shape that clients of OpenAI's API send and read. */
import { z } from 'zod';
import { QueueFull, SinterError } from '../../retrieval/errors.ts';
import type { Model } from '../../retrieval/model/model.ts';
import { whenClientLeaves } from '../http/client-leaves.ts';
import type { UploadedFile } from '../http/request-body.ts';
import { wholeNumber } from '../http/request-values.ts';
import { json, type Route, route } from '../http/route.ts';
import type { Parts } from '../parts.ts';
import { imageBytes } from './image-bytes.ts';

const embedding = z.object({
  object: z.literal('embedding'),
  index: z.int().describe('Of the image in `input`'),
  embedding: z
    .union([z.array(z.number()), z.string()])
    .describe('Of unit length: numbers, or base64 of little-endian float32'),
});
const embeddingList = z
  .object({
    object: z.literal('list'),
    data: z.array(embedding),
    model: z.string().describe('Id of the model'),
    usage: z
      .object({ prompt_tokens: z.int(), total_tokens: z.int() })
      .describe('There are no tokens; each image counts as one'),
  })
  .meta({ id: 'EmbeddingList' });

export function embeddingRoutes({ models, limits }: Parts): Route[] {
  const { maxBatch, maxBatchBytes, maxImageBytes } = limits;
  const request = z.strictObject({
    input: imagesOf(maxBatch),
    model: z.string().optional().describe('Name or id; may be left out where there is only one'),
    encoding_format: z.enum(['float', 'base64']).default('float'),
    dimensions: wholeNumber({ min: 1, max: 65_536 })
      .optional()
      .describe('Must be what the model gives, where it is there'),
    user: z.string().optional().describe('Ignored'),
  });
  const form = { file: 'input', maxFileBytes: maxImageBytes, maxFiles: maxBatch, maxBytes: maxBatchBytes };
  const embed = route(
    {
      method: 'post',
      path: '/v1/embeddings',
      operation: 'createEmbeddings',
      tag: 'models',
      scope: 'read',
      heedsFilter: true,
      summary: 'Embed images',
      description: `At most ${maxBatch} images, as files of a form or in JSON as base64. Either all are embedded or none: an error names the first that cannot be.`,
      body: { schema: request, maxJsonBytes: maxBatchBytes, form },
      answer: json(embeddingList, 'The embeddings in the order of the images'),
    },
    async ({ body: { input, model: named, encoding_format: format, dimensions }, response }) => {
      const model = await models.open(await (named === undefined ? models.only() : models.find(named)));
      requireDimensions(model, dimensions);
      const signal = whenClientLeaves(response);
      const vectors = await Promise.all(input.map((image, i) => embedOne(model, image, i, signal)));
      const data = vectors.map((vector, index) => {
        const values = format === 'base64' ? toBase64(vector) : Array.from(vector);
        return { object: 'embedding' as const, index, embedding: values };
      });
      const usage = { prompt_tokens: input.length, total_tokens: input.length };
      return { object: 'list' as const, data, model: model.id, usage };
    },
  );
  return [embed];
}

/** One image or a list of them; a form has a list of files. */
function imagesOf(most: number) {
  const toList = (value: unknown) => {
    const list = Array.isArray(value) ? value : value === undefined ? value : [value];
    return list?.map((each: unknown) => (isFile(each) ? each.bytes : each));
  };
  return z
    .preprocess(toList, z.array(imageBytes).min(1).max(most))
    .describe('Image files; in JSON base64, as data URLs or alone, in a list or by itself');
}

function isFile(value: unknown): value is UploadedFile {
  return typeof value === 'object' && value !== null && 'bytes' in value;
}

async function embedOne(
  model: Model,
  image: Uint8Array,
  i: number,
  signal: AbortSignal,
): Promise<Float32Array> {
  try {
    return (await model.embedImage(image, signal)).vector;
  } catch (error) {
    if (!(error instanceof SinterError) || error instanceof QueueFull) throw error;
    throw new SinterError(error.code, `\`input[${i}]\`: ${error.message}`, { cause: error });
  }
}

function requireDimensions({ card }: Model, dimensions: number | undefined): void {
  if (dimensions === undefined || dimensions === card.dim) return;
  const message = `The model ${card.name} gives embeddings of ${card.dim} dimensions, not of ${dimensions}.`;
  throw new SinterError('bad-input', message);
}

/** Every machine that Node runs on is little-endian, as clients expect the bytes. */
function toBase64({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
