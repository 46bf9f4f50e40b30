/** Everything that can be wrong with a gallery's database and the image files that it keeps, found by looking at all of it. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hashFile } from './snapshot/manifest.ts';
import type { Store } from './store.ts';

/** `where` is a file, a table or an item. */
export type Fault = { where: string; what: string };

/** All faults of the database itself: its pages, what refers to nothing, embeddings that are missing or of the wrong length. */
export function faultsOfDatabase({ db, embeddings }: Store): Fault[] {
  const active = embeddings.activeModel();
  const pages = db.all<{ integrity_check: string }>('PRAGMA integrity_check');
  const references = db.all<{ table: string; parent: string }>('PRAGMA foreign_key_check');
  const lengths = db.all<{ id: string; name: string; bytes: number; dim: number }>(
    `SELECT items.id, models.name, length(vector) AS bytes, dim FROM embeddings
     JOIN models ON models.key = model JOIN items ON items.key = item WHERE length(vector) <> 4 * dim`,
  );
  return [
    ...pages
      .filter((row) => row.integrity_check !== 'ok')
      .map((row) => ({ where: db.file, what: row.integrity_check })),
    ...references.map(({ table, parent }) => ({
      where: `table ${table}`,
      what: `a row of ${parent} is not there`,
    })),
    ...embeddings
      .missing(active, -1)
      .map((id) => ({ where: id, what: 'has no embedding by the active model' })),
    ...lengths.map(({ id, name, bytes, dim }) => ({
      where: id,
      what: `its embedding by ${name} has ${bytes} bytes instead of ${4 * dim}`,
    })),
  ];
}

/** Image files that the gallery keeps itself and that are not there, or have another content than their items say. */
export async function faultsOfImages({ db, items }: Store): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const { source, contentHash } of items.keptImages()) {
    const path = join(dirname(db.file), source);
    if (!existsSync(path)) faults.push({ where: source, what: 'is not there' });
    else if ((await hashFile(path)) !== contentHash)
      faults.push({ where: source, what: 'has another content' });
  }
  return faults;
}

/** Items whose image file lies elsewhere and is not there. */
export function faultsOfSources({ items }: Store): Fault[] {
  return items
    .elsewhere()
    .filter(({ source }) => !existsSync(source))
    .map(({ id, source }) => ({ where: id, what: `its image file ${source} is not there` }));
}
