/** The rules of the house, checked against every source: which way imports run, who may import what, how long a file may be. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const LAYERS = ['retrieval', 'trainer', 'server', 'scripts', 'test'] as const;
type Layer = (typeof LAYERS)[number];

/** What each layer may import besides itself: scripts → server, trainer → retrieval. */
const BELOW: Record<Layer, readonly Layer[]> = {
  retrieval: [],
  trainer: ['retrieval'],
  server: ['retrieval'],
  scripts: ['server', 'trainer', 'retrieval'],
  test: ['scripts', 'server', 'trainer', 'retrieval'],
};

/** Parts of retrieval that are put together elsewhere and do not know each other. */
const STRANGERS = ['retrieval/image', 'retrieval/embed', 'retrieval/index'];

/** Packages that are kept in their place, and in how many files at most. */
const PLACES: { name: string; within: RegExp; files: number }[] = [
  { name: 'onnxruntime-node', within: /^(retrieval\/(embed|matrix)|trainer\/onnx)\//, files: 3 },
  { name: 'hnswlib-node', within: /^retrieval\/index\//, files: 1 },
  { name: 'libsql', within: /^retrieval\/gallery\//, files: 1 },
  { name: 'express', within: /^server\//, files: 99 },
  { name: 'multer', within: /^server\//, files: 99 },
  { name: 'commander', within: /^scripts\//, files: 99 },
  { name: 'cli-progress', within: /^scripts\//, files: 1 },
  { name: 'echarts', within: /^(retrieval\/report|scripts\/figure)\//, files: 2 },
];

const MOST_LINES = 400;

type Source = { path: string; text: string; lines: number; imports: string[]; isTest: boolean };

const sources = LAYERS.flatMap((layer) => filesIn(layer)).map(readSource);
const product = sources.filter(({ isTest }) => !isTest);

test('there is something to check', () => {
  expect(product.length).toBeGreaterThan(50);
  expect(product.flatMap(({ imports }) => imports)).toContain('retrieval/errors.ts');
});

test('imports run one way: scripts → server, trainer → retrieval', () => {
  const wrong = importsAmongSources().filter(({ from, to }) => {
    const [importer, imported] = [layerOf(from), layerOf(to)];
    const isShared = imported === 'test' && isTest(from);
    return importer !== imported && !BELOW[importer].includes(imported) && !isShared;
  });
  expect(wrong).toEqual([]);
});

test('image, embed and index do not import each other', () => {
  const partOf = (path: string) => STRANGERS.find((part) => path.startsWith(`${part}/`));
  const wrong = importsAmongSources(product).filter(({ from, to }) => {
    const [importer, imported] = [partOf(from), partOf(to)];
    return importer !== undefined && imported !== undefined && importer !== imported;
  });
  expect(wrong).toEqual([]);
});

test('the product imports nothing of its tests', () => {
  const wrong = importsAmongSources(product).filter(({ to }) => isTest(to));
  expect(wrong).toEqual([]);
});

test('no import leads back to where it began, types aside', () => {
  const cycles: string[] = [];
  const imports = new Map(sources.map(({ path, text }) => [path, importsOf(withoutTypes(text), path)]));
  const done = new Set<string>();
  const follow = (path: string, trail: string[]) => {
    if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
    if (trail.includes(path) || done.has(path)) return;
    for (const next of imports.get(path) ?? []) follow(next, [...trail, path]);
    done.add(path);
  };
  for (const { path } of sources) follow(path, []);
  expect(cycles).toEqual([]);
});

test.each(PLACES)('$name is kept in its place', ({ name, within, files }) => {
  const importers = product
    .filter(({ imports }) => imports.some((to) => to === name || to.startsWith(`${name}/`)))
    .map(({ path }) => path);
  expect(importers.length).toBeGreaterThan(0);
  expect(importers.length).toBeLessThanOrEqual(files);
  expect(importers.filter((path) => !within.test(path))).toEqual([]);
});

test(`no file is longer than ${MOST_LINES} lines`, () => {
  expect(
    sources.filter(({ lines }) => lines > MOST_LINES).map(({ path, lines }) => `${path}: ${lines}`),
  ).toEqual([]);
});

/** Every import of one source by another, as `from` and `to`. Types count: whoever needs a type knows the other. */
function importsAmongSources(among = sources): { from: string; to: string }[] {
  const known = new Set(sources.map(({ path }) => path));
  return among.flatMap(({ path, imports }) =>
    imports.filter((to) => known.has(to)).map((to) => ({ from: path, to })),
  );
}

function filesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|js|css|html|py)$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'));
}

function readSource(path: string): Source {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const imports = /\.(ts|js)$/.test(path) ? importsOf(text, path) : [];
  return { path, text, lines: text.split('\n').length - 1, imports, isTest: isTest(path) };
}

/** Packages by name, sources by their path from the root. */
function importsOf(text: string, path: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const found = code.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*'([^'\n]+)'/g);
  return [...found].map(([, to = '']) =>
    to.startsWith('.')
      ? normalize(join(dirname(path), to))
          .split(sep)
          .join('/')
      : to,
  );
}

/** A thread and its worker name each other's types; at run time the one only starts the other. */
function withoutTypes(text: string): string {
  return text.replace(/\bimport type\b[^;]*;/g, '');
}

function layerOf(path: string): Layer {
  return path.split('/')[0] as Layer;
}

/** Benchmarks count among them: neither is part of the product. */
function isTest(path: string): boolean {
  return /^(test|scripts\/bench)\//.test(path) || /\.(test|test-helper)\.ts$/.test(path);
}
