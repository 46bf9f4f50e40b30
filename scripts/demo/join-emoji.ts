/**
 * Joins the drawings of several vendors to classes: the same emoji, drawn by each in a way of its own.
 * Pure: knows neither files nor pixels.
 */
import type { Icon, IconSet } from './icon-set.ts';

export type Drawing = { vendor: string; icon: Icon };

/** One emoji; `slug` is unique and fit for a folder's name, `drawings` holds at most one a vendor, no two the same. */
export type EmojiClass = { slug: string; codepoints: string; drawings: Drawing[] };

/**
 * The emoji drawn by at least `leastDrawings` of the sets, sorted by slug.
 * A drawing belongs to a codepoint by its set's chart, or, in a set without one, by a name that a charted set uses for it.
 * Left out: skin tones, flags of countries and regions (a chequered or rainbow flag stays), second drawings of a vendor,
 * and copies: a drawing that another set already gave the class, or that stands for several classes.
 */
export function joinEmoji(sets: IconSet[], leastDrawings = 4): EmojiClass[] {
  const codepointsByName = nameCodepoints(sets);
  const drawings = new Map<string, Drawing[]>();
  for (const set of sets) {
    for (const [codepoints, icon] of chartIcons(set, codepointsByName)) {
      if (!isWanted(codepoints)) continue;
      const sameEmoji = drawings.get(codepoints) ?? [];
      if (sameEmoji.some((other) => fingerprint(other.icon) === fingerprint(icon))) continue;
      drawings.set(codepoints, [...sameEmoji, { vendor: set.vendor, icon }]);
    }
  }
  const slugs = slugsByCodepoints(sets, codepointsByName);
  return [...withoutAmbiguous(drawings)]
    .filter(([, sameEmoji]) => sameEmoji.length >= leastDrawings)
    .map(([codepoints, sameEmoji]) => ({
      slug: slugs.get(codepoints) ?? codepoints,
      codepoints,
      drawings: sameEmoji,
    }))
    .sort((a, b) => (a.slug < b.slug ? -1 : 1));
}

/** One icon a codepoint: the set's chart where it has one, else its names looked up among those of charted sets. */
function chartIcons(set: IconSet, codepointsByName: Map<string, string>): Map<string, Icon> {
  const byCodepoints = new Map<string, Icon>();
  const add = (codepoints: string | undefined, icon: Icon | undefined) => {
    if (codepoints && icon && !byCodepoints.has(codepoints)) byCodepoints.set(codepoints, icon);
  };
  for (const [codepoints, name] of set.chart) add(canonical(codepoints), set.icons.get(name));
  if (set.chart.size > 0) return byCodepoints;

  for (const [name, icon] of set.icons) add(codepointsByName.get(normalise(name)), icon);
  for (const [name, drawn] of set.otherNames)
    add(codepointsByName.get(normalise(name)), set.icons.get(drawn));
  // A vendor with several drawings of one emoji numbers them.
  for (const [name, icon] of set.icons) {
    if (name.endsWith('-1')) add(codepointsByName.get(normalise(name.slice(0, -2))), icon);
  }
  return byCodepoints;
}

/** Names in charted sets → codepoints. Where sets disagree, names outrank other names and earlier sets later ones. */
function nameCodepoints(sets: IconSet[]): Map<string, string> {
  const codepointsByName = new Map<string, string>();
  const add = (name: string, codepoints: string | undefined) => {
    const key = normalise(name);
    if (codepoints && !isPrivate(codepoints) && !codepointsByName.has(key))
      codepointsByName.set(key, codepoints);
  };
  for (const { chart } of sets) for (const [codepoints, name] of chart) add(name, canonical(codepoints));
  for (const { otherNames, chart } of sets) {
    if (chart.size === 0) continue;
    for (const [name, drawn] of otherNames) add(name, codepointsByName.get(normalise(drawn)));
  }
  return codepointsByName;
}

/** Without the drawings that stand for several emoji, such as one family for all families: nobody could tell those apart. */
function withoutAmbiguous(classes: Map<string, Drawing[]>): Map<string, Drawing[]> {
  const timesDrawn = new Map<string, number>();
  for (const { icon } of [...classes.values()].flat()) {
    timesDrawn.set(fingerprint(icon), (timesDrawn.get(fingerprint(icon)) ?? 0) + 1);
  }
  const isUnambiguous = ({ icon }: Drawing) => timesDrawn.get(fingerprint(icon)) === 1;
  return new Map([...classes].map(([codepoints, drawings]) => [codepoints, drawings.filter(isUnambiguous)]));
}

/** The first charted name of each emoji that no other emoji goes by. */
function slugsByCodepoints(sets: IconSet[], codepointsByName: Map<string, string>): Map<string, string> {
  const slugs = new Map<string, string>();
  for (const [charted, name] of sets.flatMap(({ chart }) => [...chart])) {
    const codepoints = canonical(charted);
    const isOwn = codepointsByName.get(normalise(name)) === codepoints && /^[a-z0-9-]+$/.test(name);
    if (isOwn && !slugs.has(codepoints)) slugs.set(codepoints, name);
  }
  return slugs;
}

/** What two icons must share to look the same. */
function fingerprint({ body, quarterTurns, hFlip, vFlip }: Icon): string {
  return `${quarterTurns} ${hFlip} ${vFlip} ${body}`;
}

/** Codepoints without variation selectors, which sets write or leave out as they like. */
function canonical(codepoints: string): string {
  return codepoints.toLowerCase().replaceAll('-fe0f', '');
}

function normalise(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

function isWanted(codepoints: string): boolean {
  return !isPrivate(codepoints) && !codepoints.split('-').some(isSkinToneOrFlagLetter);
}

function isSkinToneOrFlagLetter(hex: string): boolean {
  const codepoint = Number.parseInt(hex, 16);
  const within = (first: number, last: number) => codepoint >= first && codepoint <= last;
  return within(0x1f3fb, 0x1f3ff) || within(0x1f1e6, 0x1f1ff) || within(0xe0020, 0xe007f);
}

/** Private-use codepoints: a vendor's own inventions, which no other vendor draws. */
function isPrivate(codepoints: string): boolean {
  const first = Number.parseInt(codepoints, 16);
  return first >= 0xe000 && first <= 0xf8ff;
}
