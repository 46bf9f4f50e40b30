/** The file that describes a study: one data set, one backbone, one protocol, and the settings that vary. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { SinterError } from '../../retrieval/errors.ts';

const name = z.string().min(1);

const setting = z.union([z.string(), z.number(), z.boolean()]);
const settings = z.record(z.string(), setting);

/** Values of settings that are varied, each named as the option of `sinter train`; every combination is a run. */
const varied = z
  .object({ variant: z.array(name).min(1), seed: z.array(z.int().nonnegative()).min(1).default([1]) })
  .catchall(z.array(setting).min(1));

/** Where a trained model is tested: all against all, or queries among references; when not given, on the test images of `data`. */
const test = z.union([z.strictObject({ images: name }), z.strictObject({ queries: name, references: name })]);

const studyFile = z.strictObject({
  name,
  /** What is trained on, one set or several; paths are relative to the study's file. */
  data: z.union([name, z.array(name).min(1)]),
  /** Train on so many of the classes, the first by name, and test on all others. Otherwise sets keep their own splits. */
  openAt: z.int().min(2).optional(),
  /** Which split of a benchmark's folder. */
  protocol: z.enum(['open', 'closed']).optional(),
  test: test.optional(),
  backbone: name.optional(),
  /** Settings that all runs share, named as the options of `sinter train`. */
  settings: settings.default({}),
  /** Settings of single variants, which go before all others. With `variant` among them the name is free, and stands in the table. */
  variants: z.record(z.string(), settings).default({}),
  vary: varied,
  /** For which k recall is measured. */
  k: z.array(z.int().positive()).min(1).default([1, 2, 4, 8]),
});

type Written = z.infer<typeof studyFile>;

export type StudyFile = Omit<Written, 'data'> & {
  data: string[];
  /** What decides a result besides a run's settings, as it stands in the file, so that results stay valid in another place. */
  identity: unknown;
};
export type Setting = z.infer<typeof setting>;
export type Settings = Record<string, Setting>;

/** One training and test: what is varied in it, and all of its settings. */
export type Run = { varied: Settings; settings: Settings };

/** A heated variant's control: the learning rate is cut as at the heat-up, α stays. */
const CONTROLS: Readonly<Record<string, string>> = { hln: 'ln-cut', hbn: 'bn-cut' };
const CUT = '-cut';

/** Reads and checks the file; its paths become absolute. Throws `not-found` or `bad-input` with what is wrong where. */
export async function readStudy(path: string): Promise<StudyFile> {
  const file = resolve(path);
  const text = await readFile(file, 'utf8').catch((error) => {
    throw new SinterError(
      'not-found',
      `Expected the file of a study at ${file}: ${(error as Error).message}.`,
    );
  });
  const { data: study, error } = studyFile.safeParse(parseJson(text, file));
  if (error) throw new SinterError('bad-input', `${file} describes no study:\n${z.prettifyError(error)}`);
  const at = (relative: string) => resolve(dirname(file), relative);
  const paths = Object.entries(study.test ?? {}).map(([role, relative]) => [role, at(relative)]);
  return {
    ...study,
    identity: [study.data, study.openAt, study.protocol, study.test, study.backbone, study.k],
    data: [study.data].flat().map(at),
    ...(study.test && { test: Object.fromEntries(paths) as NonNullable<StudyFile['test']> }),
    ...(study.backbone !== undefined && { backbone: at(study.backbone) }),
  };
}

/** Every combination of what varies, seeds last. For each heated variant its control is among them, whether asked for or not. */
export function runsOf(study: StudyFile): Run[] {
  const { variant, seed, ...others } = study.vary;
  const controls = variant.flatMap((wanted) => CONTROLS[wanted] ?? []);
  const axes: [string, Setting[]][] = [
    ['variant', [...new Set([...variant, ...controls])]],
    ...Object.entries(others).flatMap(([key, values]): [string, Setting[]][] =>
      values ? [[key, values]] : [],
    ),
    ['seed', seed],
  ];
  return axes
    .reduce<Settings[]>(
      (combinations, [key, values]) =>
        combinations.flatMap((left) => values.map((value) => ({ ...left, [key]: value }))),
      [{}],
    )
    .map((varied) => {
      const label = varied.variant as string;
      return {
        varied,
        settings: { ...study.settings, ...varied, ...splitControl(label), ...study.variants[label] },
      };
    });
}

/** `ln-cut` is the variant `ln` under the schedule `cut`. */
function splitControl(variant: string): Settings {
  return variant.endsWith(CUT) ? { variant: variant.slice(0, -CUT.length), schedule: 'cut' } : {};
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SinterError('bad-input', `${file} is not JSON: ${(error as Error).message}.`);
  }
}
