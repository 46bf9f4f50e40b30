/** Small hand-made emoji sets for tests. */
import type { Icon, IconSet } from './icon-set.ts';

export function icon(body: string, changes: Partial<Icon> = {}): Icon {
  return {
    body,
    left: 0,
    top: 0,
    width: 32,
    height: 32,
    quarterTurns: 0,
    hFlip: false,
    vFlip: false,
    ...changes,
  };
}

/** A set with a drawing of its own under each name; the chart is `{codepoints: name}`. */
export function iconSet(vendor: string, names: string[], chart: Record<string, string> = {}): IconSet {
  return {
    vendor,
    icons: new Map(names.map((name) => [name, icon(`<path id="${vendor} ${name}"/>`)])),
    otherNames: new Map(),
    chart: new Map(Object.entries(chart)),
    credit: { name: vendor, author: 'A. Drawer', licence: 'MIT', licenceUrl: '', url: '' },
  };
}
