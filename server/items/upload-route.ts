/** Many images in one request: each becomes an item or is named with what is wrong with it. */
import { z } from 'zod';
import { SinterError } from '../../retrieval/errors.ts';
import { visibleTo } from '../access/visible-galleries.ts';
import { galleryParams } from '../galleries/gallery-routes.ts';
import { whenClientLeaves } from '../http/client-leaves.ts';
import { errorAnswer, viewError } from '../http/error-table.ts';
import type { UploadedFile } from '../http/request-body.ts';
import { requestInfo } from '../http/request-log.ts';
import { check, orJsonText } from '../http/request-values.ts';
import { json, type Route, route } from '../http/route.ts';
import type { Parts } from '../parts.ts';
import { labelValue, metadataValue, newItemId } from './item-values.ts';
import { storeItems, type Upload } from './store-items.ts';

const described = z.strictObject({
  id: newItemId.optional().describe('Default: the name of the file'),
  label: labelValue.default(null),
  metadata: metadataValue.default({}),
});

const uploaded = z.union([
  z.object({ file: z.string(), id: z.string() }),
  z.object({ file: z.string(), id: z.string() }).extend(errorAnswer.shape),
]);

const report = z.object({
  stored: z.int(),
  failed: z.int(),
  outcomes: z.array(uploaded).describe('Of each file in order; with an error where it was not stored'),
});

const body = z
  .strictObject({
    images: z.array(z.custom<UploadedFile>()).min(1).describe('Image files'),
    items: orJsonText(z.array(described)).optional().describe('What the files become, in their order'),
  })
  .check(({ value: { images, items }, issues }) => {
    if (items === undefined || items.length === images.length) return;
    const message = `expected \`items\` for each of the ${images.length} files in order, got ${items.length}`;
    issues.push({ code: 'custom', message, input: items });
  });

export function uploadRoute({ galleries, limits, log }: Parts): Route {
  const { maxUploads: maxFiles, maxUploadBytes: maxBytes, maxImageBytes: maxFileBytes } = limits;
  return route(
    {
      method: 'post',
      path: '/v1/galleries/{gallery}/items',
      operation: 'uploadItems',
      tag: 'items',
      scope: 'write',
      heedsFilter: true,
      summary: 'Add many items, or replace those of the same ids',
      description: `At most ${maxFiles} files. What can be decoded is stored, all of it at once, and on disk when it is answered; the other files are named.`,
      params: galleryParams,
      body: { schema: body, maxJsonBytes: 0, form: { file: 'images', maxFileBytes, maxFiles, maxBytes } },
      answer: json(report, 'What became of each file'),
    },
    async ({ params, body: { images, items }, response }) => {
      const uploads = images.map((file, i): Upload => toUpload(file, items?.[i]));
      requireDifferent(uploads);
      const visible = visibleTo(response, galleries);
      const outcomes = await storeItems(visible, params.gallery, uploads, {
        signal: whenClientLeaves(response),
      });
      const { requestId } = requestInfo(response);
      const failed = outcomes.filter(({ error }) => error !== undefined).length;
      return {
        stored: outcomes.length - failed,
        failed,
        outcomes: outcomes.map(({ upload: { id }, error }, i) => {
          const named = { file: (images[i] as UploadedFile).name, id };
          return error === undefined ? named : { ...named, ...viewError(error, requestId, log) };
        }),
      };
    },
  );
}

function toUpload({ name, bytes }: UploadedFile, item: z.output<typeof described> | undefined): Upload {
  const { id = check(newItemId, name), label = null, metadata = {} } = item ?? {};
  return { id, label, metadata, bytes };
}

function requireDifferent(uploads: readonly Upload[]): void {
  const seen = new Set<string>();
  for (const { id } of uploads) {
    if (seen.has(id))
      throw new SinterError('bad-input', `Expected an id for each file; "${id}" comes twice.`);
    seen.add(id);
  }
}
