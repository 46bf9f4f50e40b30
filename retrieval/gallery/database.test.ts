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

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('the version is another after every write, an own one or that of another connection a turn later', async () => {
  const versions = [db.version()];
  db.write(() => add(1));
  versions.push(db.version());
  const other = new Database(db.file);
  other.write(() => other.run('INSERT INTO numbers VALUES (2)'));
  await turn();
  versions.push(db.version());
  other.close();
  expect(new Set(versions).size).toBe(3);
  expect(db.version()).toBe(versions[2]);
});

test('within a write the version is that of what it may change, in the turn of another write, too', () => {
  const before = db.version();
  const other = new Database(db.file);
  other.write(() => other.run('INSERT INTO numbers VALUES (2)'));
  other.close();
  db.write(() => expect(db.othersVersion().toString()).not.toBe(before.split('-')[0]));
});

test('a row that is kept is read again after every write, and within one it is as it is being written', async () => {
  const most = () => db.getKept<{ n: number }>('SELECT max(n) AS n FROM numbers WHERE n < ?', 100)?.n;
  db.write(() => add(1));
  expect(most()).toBe(1);
  db.write(() => {
    add(2);
    expect(most()).toBe(2);
  });
  expect(() =>
    db.write(() => {
      add(3);
      expect(most()).toBe(3);
      throw new Error('given up');
    }),
  ).toThrow('given up');
  expect(most()).toBe(2);
  const other = new Database(db.file);
  other.write(() => other.run('INSERT INTO numbers VALUES (4)'));
  other.close();
  await turn();
  expect(most()).toBe(4);
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
