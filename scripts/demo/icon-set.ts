/** Reads an installed Iconify set: its icons, its chart of codepoints and whom to credit. Knows nothing of emoji or classes. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const Placement = z.object({
  left: z.number().optional(),
  top: z.number().optional(),
  width: z.number().optional(),
  height: z.number().optional(),
  rotate: z.number().optional(),
  hFlip: z.boolean().optional(),
  vFlip: z.boolean().optional(),
  hidden: z.boolean().optional(),
});

const IconsFile = z.object({
  prefix: z.string(),
  icons: z.record(z.string(), Placement.extend({ body: z.string() })),
  aliases: z.record(z.string(), Placement.extend({ parent: z.string() })).default({}),
  left: z.number().default(0),
  top: z.number().default(0),
  width: z.number().default(16),
  height: z.number().default(16),
});

const InfoFile = z.object({
  name: z.string(),
  author: z.object({ name: z.string(), url: z.string() }),
  license: z.object({ title: z.string(), url: z.string() }),
});

/** SVG content and the box it is drawn in; `quarterTurns` clockwise and the flips are still to be applied, flips first. */
export type Icon = {
  body: string;
  left: number;
  top: number;
  width: number;
  height: number;
  quarterTurns: number;
  hFlip: boolean;
  vFlip: boolean;
};

/** Who drew a set, under which licence, and where both are to be found. */
export type Credit = { name: string; author: string; licence: string; licenceUrl: string; url: string };

/**
 * A vendor's drawings by name. `otherNames` are further names of the same drawings (name → name of the drawing),
 * `chart` leads from codepoints (`1f468-200d-1f33e`, empty in some sets) to names.
 */
export type IconSet = {
  vendor: string;
  icons: Map<string, Icon>;
  otherNames: Map<string, string>;
  chart: Map<string, string>;
  credit: Credit;
};

/** Reads the set in `folder`, an unpacked `@iconify-json` package; hidden icons are left out. Throws where the format differs. */
export async function readIconSet(folder: string): Promise<IconSet> {
  const file = IconsFile.parse(await readJson(join(folder, 'icons.json')));
  const chart = z.record(z.string(), z.string()).parse(await readJson(join(folder, 'chars.json')));
  const info = InfoFile.parse(await readJson(join(folder, 'info.json')));
  return {
    vendor: file.prefix,
    ...namedIcons(file),
    chart: new Map(Object.entries(chart)),
    credit: {
      name: info.name,
      author: info.author.name,
      licence: info.license.title,
      licenceUrl: info.license.url,
      url: info.author.url,
    },
  };
}

/** An alias that turns or flips its parent is a drawing of its own; any other is a second name. */
function namedIcons(file: z.infer<typeof IconsFile>): Pick<IconSet, 'icons' | 'otherNames'> {
  const icons = new Map<string, Icon>();
  const otherNames = new Map<string, string>();
  for (const [name, icon] of Object.entries(file.icons)) {
    if (!icon.hidden) icons.set(name, { ...boxOf(icon, file), body: icon.body, ...turnsOf([icon]) });
  }
  for (const [name, alias] of Object.entries(file.aliases)) {
    const parent = file.icons[alias.parent];
    if (!parent || parent.hidden || alias.hidden) continue;
    if (!alias.rotate && !alias.hFlip && !alias.vFlip) otherNames.set(name, alias.parent);
    else icons.set(name, { ...boxOf(parent, file), body: parent.body, ...turnsOf([parent, alias]) });
  }
  return { icons, otherNames };
}

type Box = Pick<Icon, 'left' | 'top' | 'width' | 'height'>;

function boxOf(icon: z.infer<typeof Placement>, defaults: Box): Box {
  return {
    left: icon.left ?? defaults.left,
    top: icon.top ?? defaults.top,
    width: icon.width ?? defaults.width,
    height: icon.height ?? defaults.height,
  };
}

function turnsOf(steps: z.infer<typeof Placement>[]): Pick<Icon, 'quarterTurns' | 'hFlip' | 'vFlip'> {
  const isOdd = (key: 'hFlip' | 'vFlip') => steps.filter((step) => step[key]).length % 2 === 1;
  const quarterTurns = steps.reduce((sum, step) => sum + (step.rotate ?? 0), 0) % 4;
  return { quarterTurns, hFlip: isOdd('hFlip'), vFlip: isOdd('vFlip') };
}

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8'));
}
