// @ts-check
/** The files of a drop, those in folders included, each with its path. */

/** @typedef {{ file: File, path: string }} Dropped `path` begins with the folder that was dropped, if one was */

/** @param {DataTransfer} dropped @returns {Promise<Dropped[]>} */
export async function filesOf(dropped) {
  // Entries must be asked for before anything is awaited: the browser forgets the drop afterwards.
  const entries = [...dropped.items].map((item) => item.webkitGetAsEntry());
  const files = [...dropped.files];
  const found = await Promise.all(entries.map((entry, i) => (entry ? filesIn(entry) : asIs(files[i]))));
  return found.flat();
}

/** The files of an `<input type="file">`, with their folders where a folder was chosen. @param {FileList} list @returns {Dropped[]} */
export const chosenFiles = (list) =>
  [...list].map((file) => ({ file, path: file.webkitRelativePath || file.name }));

/** @param {File | undefined} file @returns {Dropped[]} */
const asIs = (file) => (file ? [{ file, path: file.name }] : []);

/** @param {FileSystemEntry} entry @returns {Promise<Dropped[]>} */
async function filesIn(entry) {
  if (entry.isDirectory) {
    const inner = await entriesOf(/** @type {FileSystemDirectoryEntry} */ (entry).createReader());
    return (await Promise.all(inner.map(filesIn))).flat();
  }
  const file = await new Promise((resolve, reject) =>
    /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject),
  );
  return [{ file, path: entry.fullPath.replace(/^\//, '') }];
}

/** A reader gives a hundred at a time, and none at the end. @param {FileSystemDirectoryReader} reader @returns {Promise<FileSystemEntry[]>} */
async function entriesOf(reader) {
  /** @type {FileSystemEntry[]} */
  const batch = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
  return batch.length === 0 ? [] : [...batch, ...(await entriesOf(reader))];
}
