/** Does something while a job of a server indexes a folder, and tells how many images the job got done meanwhile. */
import { SinterError } from '../../retrieval/errors.ts';

/** The server, one of its galleries, and a folder whose images it may index. */
export type Place = { url: string; gallery: string; folder: string };

type Job = { id: string; state: string };

/** Throws `bad-data` where the job is over before `work` is: what was measured is then not what it is called. */
export async function whileIndexing<T>({ url, gallery, folder }: Place, work: () => Promise<T>) {
  const ask = async <Answer>(method: string, path: string, body?: object): Promise<Answer> => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url + path, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok)
      throw new Error(`${method} ${path}: ${response.status}, ${(await response.text()).slice(0, 200)}`);
    return (await response.json()) as Answer;
  };
  const size = async () => (await ask<{ size: number }>('GET', `/v1/galleries/${gallery}`)).size;
  const before = await size();
  const { id } = await ask<Job>('POST', `/v1/galleries/${gallery}/jobs`, { kind: 'index', folder });
  const done = await work();
  const { state } = await ask<Job>('GET', `/v1/jobs/${id}`);
  if (state !== 'running')
    throw new SinterError('bad-data', `Expected the job to index all the while; it is ${state}.`);
  const indexed = (await size()) - before;
  await ask('DELETE', `/v1/jobs/${id}`);
  return { done, indexed };
}
