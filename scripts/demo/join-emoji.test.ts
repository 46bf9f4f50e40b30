import { expect, test } from 'vitest';
import { joinEmoji } from './join-emoji.ts';
import { icon, iconSet } from './sets.test-helper.ts';

const CHART = { '1f600': 'grinning-face', '1f3c1': 'chequered-flag' };
const charted = (vendor: string, chart: Record<string, string> = CHART) =>
  iconSet(vendor, Object.values(chart), chart);
const vendorsOf = (classes: ReturnType<typeof joinEmoji>) =>
  Object.fromEntries(classes.map(({ slug, drawings }) => [slug, drawings.map(({ vendor }) => vendor)]));

test('drawings with one codepoint are one class, whatever their sets call them', () => {
  const sets = [charted('a'), charted('b', { '1f600': 'happy', '1f3c1': 'finish' })];
  expect(vendorsOf(joinEmoji(sets, 2))).toEqual({
    'grinning-face': ['a', 'b'],
    'chequered-flag': ['a', 'b'],
  });
});

test('a set without a chart joins by name, however it is written', () => {
  const sets = [charted('a'), iconSet('b', ['grinningface', 'unheard-of']), iconSet('c', ['Grinning_Face'])];
  expect(vendorsOf(joinEmoji(sets, 2))).toEqual({ 'grinning-face': ['a', 'b', 'c'] });
});

test('second names count on both sides', () => {
  const a = charted('a', { '1f43b': 'bear' });
  a.otherNames.set('bear-face', 'bear');
  const b = iconSet('b', ['bear-face']);
  const c = iconSet('c', ['teddy']);
  c.otherNames.set('bear', 'teddy');
  expect(vendorsOf(joinEmoji([a, b, c], 2))).toEqual({ bear: ['a', 'b', 'c'] });
});

test('of several numbered drawings by one vendor the first is taken', () => {
  const [bird] = joinEmoji([charted('a', { '1f426': 'bird' }), iconSet('b', ['bird-2', 'bird-1'])], 2);
  expect(bird!.drawings.map(({ icon }) => icon.body)).toEqual([
    '<path id="a bird"/>',
    '<path id="b bird-1"/>',
  ]);
});

test('variation selectors make no difference', () => {
  const sets = [charted('a', { '2764-fe0f': 'heart' }), charted('b', { '2764': 'heart' })];
  expect(vendorsOf(joinEmoji(sets, 2))).toEqual({ heart: ['a', 'b'] });
});

test('skin tones, flags of countries and regions, and private codepoints are left out', () => {
  const chart = {
    '1f44b-1f3fd': 'waving-hand-medium',
    '1f1e9-1f1ea': 'flag-germany',
    '1f3f4-e0067-e0062-e0065-e006e-e0067-e007f': 'flag-england',
    e001: 'own-invention',
    '1f3f4': 'black-flag',
  };
  expect(vendorsOf(joinEmoji([charted('a', chart), charted('b', chart)], 2))).toEqual({
    'black-flag': ['a', 'b'],
  });
});

test('a class needs enough different drawings', () => {
  const copy = charted('copy', { '1f600': 'grinning-face' });
  copy.icons.set('grinning-face', icon('<path id="a grinning-face"/>'));
  expect(vendorsOf(joinEmoji([charted('a'), copy], 2))).toEqual({});
  const mirrored = charted('mirrored', { '1f600': 'grinning-face' });
  mirrored.icons.set('grinning-face', icon('<path id="a grinning-face"/>', { hFlip: true }));
  expect(vendorsOf(joinEmoji([charted('a'), mirrored], 2))).toEqual({ 'grinning-face': ['a', 'mirrored'] });
});

test('a drawing that stands for several emoji belongs to none', () => {
  const chart = { '1f468-200d-1f466': 'family-man-boy', '1f469-200d-1f466': 'family-woman-boy' };
  const vague = charted('vague', chart);
  for (const name of vague.icons.keys()) vague.icons.set(name, icon('<path id="any family"/>'));
  expect(vendorsOf(joinEmoji([charted('a', chart), charted('b', chart), vague], 2))).toEqual({
    'family-man-boy': ['a', 'b'],
    'family-woman-boy': ['a', 'b'],
  });
});

test('two emoji under one name get different slugs', () => {
  const sets = [charted('a', { '1f600': 'face' }), charted('b', { '1f601': 'face' })];
  expect(vendorsOf(joinEmoji(sets, 1))).toEqual({ face: ['a'], '1f601': ['b'] });
});
