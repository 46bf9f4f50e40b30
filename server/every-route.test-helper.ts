/** Asks a server once for everything it does: a request for each operation of its document, in an order that works. */
import { colourPng } from '../retrieval/model/bundle.test-helper.ts';
import { embedBySlow, postImage, type Served, sendJson } from './served.test-helper.ts';

/** Answers by the id of the operation; `key` is an API key that the server knows, though it may be used without one. */
export async function askEveryRoute(served: Served & { key: string }): Promise<Record<string, Response>> {
  const { url, model, gallery, key } = served;
  const colours = '/v1/galleries/colours';
  const item = `${colours}/items/${encodeURIComponent('red/1.png')}`;
  const sendForm = (method: string, path: string, fields: Record<string, (string | File)[]>) => {
    const body = new FormData();
    for (const [name, values] of Object.entries(fields)) for (const value of values) body.append(name, value);
    return fetch(url + path, { method, body });
  };
  const get = (path: string) => fetch(url + path);
  const send = (method: string, path: string, body?: unknown) => sendJson(method, url + path, body);
  const png = new File([new Uint8Array(await colourPng(1, 2, 250))], 'a.png');
  const startJob = await send('POST', `${colours}/jobs`, { kind: 're-embed', model: model.id });
  const job = startJob.headers.get('location') ?? '';
  const slow = await embedBySlow(served);
  await gallery.clusters.run({ name: 'k-means', k: 3, seed: 1 });
  await gallery.duplicates.run({ threshold: 0.99 });
  await gallery.map.run(1);
  return {
    search: await postImage(url, await colourPng(1, 2, 3)),
    searchGallery: await send('POST', `${colours}/search`, { id: 'red/1.png', k: 3 }),
    searchBatch: await send('POST', '/v1/search/batch', {
      queries: [{ id: 'red/1.png' }, { id: 'nothing' }],
    }),
    searchGalleryBatch: await send('POST', `${colours}/search/batch`, { queries: [{ id: 'red/1.png' }] }),
    putItem: await sendForm('PUT', `${colours}/items/new`, { image: [png], label: ['blue'] }),
    patchItem: await send('PATCH', `${colours}/items/new`, { label: null, metadata: { price: 2 } }),
    removeItem: await send('DELETE', `${colours}/items/new`),
    uploadItems: await sendForm('POST', `${colours}/items`, {
      images: [png, new File(['nonsense'], 'b.png')],
    }),
    listItems: await get(
      `${colours}/items?limit=3&filter=${encodeURIComponent('{"field":"label","exists":true}')}`,
    ),
    patchItems: await send('PATCH', `${colours}/items`, {
      ids: ['a.png'],
      label: 'blue',
      metadata: { price: 2 },
    }),
    listLabels: await get(`${colours}/labels`),
    listFields: await get(`${colours}/fields`),
    removeItems: await send('POST', `${colours}/items/remove`, { ids: ['a.png'] }),
    listClusters: await get(`${colours}/clusters?limit=2`),
    getCluster: await get(`${colours}/clusters/1`),
    nameCluster: await send('PATCH', `${colours}/clusters/1`, { name: 'warm' }),
    labelCluster: await send('POST', `${colours}/clusters/1/label`, { label: 'warm' }),
    mergeClusters: await send('POST', `${colours}/clusters/merge`, { into: 1, from: [2] }),
    listDuplicates: await get(`${colours}/duplicates`),
    getMap: await get(`${colours}/map`),
    getItem: await get(item),
    getItemImage: await get(`${item}/image`),
    getItemThumbnail: await get(`${item}/thumbnail?size=64`),
    listGalleries: await get('/v1/galleries'),
    createGallery: await send('POST', '/v1/galleries', { name: 'shapes', model: model.id }),
    getGallery: await get(colours),
    listExamples: await get(`${colours}/examples?n=2`),
    removeGallery: await send('DELETE', '/v1/galleries/shapes'),
    switchModel: await send('PUT', `${colours}/model`, { model: slow.name }),
    dropModel: await send('DELETE', `${colours}/models/${model.id}`),
    createEmbeddings: await send('POST', '/v1/embeddings', { input: await base64Of(png), model: model.id }),
    listModels: await get('/v1/models'),
    beginSession: await send('PUT', '/v1/session', { key }),
    getSession: await get('/v1/session'),
    endSession: await send('DELETE', '/v1/session'),
    isLive: await get('/livez'),
    isReady: await get('/readyz'),
    startJob,
    getJob: await get(job),
    listJobs: await get('/v1/jobs?gallery=colours'),
    cancelJob: await send('DELETE', job),
    getMetrics: await get('/metrics'),
    getOpenApi: await get('/openapi.json'),
  };
}

async function base64Of(file: File): Promise<string> {
  return Buffer.from(await file.arrayBuffer()).toString('base64');
}
