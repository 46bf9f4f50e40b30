import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Database } from './database.ts';

let folder: string;
let db: Database;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sinter-database #1 '));
  db = new Database(join(folder, 'a.db'));
  db.write(() => db.exec('CREATE TABLE numbers (n INTEGER) STRICT'));
});
afterEach(async () => {
  db.close();
  await rm(folder, { recursive: true });
});

const add = (n: number) => db.run('INSERT INTO numbers VALUES (?)', n);
const all = (from = db) => from.list<number>('SELECT json_group_array(n) AS list FROM numbers');

test('what fails within a write leaves nothing of it, nor of a write around it', () => {
  db.write(() => add(1));
  const failing = () => {
    db.write(() => {
      add(2);
      db.write(() => add(3));
      throw new Error('no more');
    });
  };
  expect(failing).toThrow('no more');
  expect(all()).toEqual([1]);
  expect(db.write(() => db.write(() => add(4).changes))).toBe(1);
  expect(all()).toEqual([1, 4]);
});

test('the version is another after every write, an own one or that of another connection', () => {
  const versions = [db.version()];
  db.write(() => add(1));
  versions.push(db.version());
  const other = new Database(db.file);
  other.write(() => other.run('INSERT INTO numbers VALUES (2)'));
  versions.push(db.version());
  other.close();
  expect(new Set(versions).size).toBe(3);
  expect(db.version()).toBe(versions[2]);
});

test('rows of a snapshot are of one moment, though rows are written while they are read', () => {
  db.write(() => [1, 2, 3].forEach(add));
  const seen: number[] = [];
  for (const { n } of db.snapshotRows<{ n: number }>('SELECT n FROM numbers ORDER BY n')) {
    if (seen.length === 0) db.write(() => add(9));
    seen.push(n);
  }
  expect(seen).toEqual([1, 2, 3]);
  expect(all()).toEqual([1, 2, 3, 9]);
});

test('a copy has all that was there, and reading it read-only changes neither it nor its folder', async () => {
  db.write(() => add(1));
  const copy = join(folder, 'copy of %41?.db');
  db.copyTo(copy);
  db.write(() => add(2));
  const before = await readFile(copy);
  const reader = new Database(copy, { readOnly: true });
  expect(all(reader)).toEqual([1]);
  expect(() => reader.write(() => reader.run('INSERT INTO numbers VALUES (3)'))).toThrow('readonly');
  reader.close();
  expect(await readFile(copy)).toEqual(before);
  expect((await readdir(folder)).filter((name) => name.startsWith('copy'))).toEqual(['copy of %41?.db']);
});
