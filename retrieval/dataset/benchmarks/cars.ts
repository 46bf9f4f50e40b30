/**
 * Cars196 (Krause et al. 2013): 16,185 photos of 196 models of cars. It is published in two layouts: all images in one folder
 * under one list, and training and test images in a folder and a list each.
 */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SinterError } from '../../errors.ts';
import { type Benchmark, halveClasses, type Listing, type Protocol } from './benchmark.ts';
import { type MatlabValue, readMatlabFile } from './matlab-file.ts';

const ONE_LIST = 'cars_annos.mat';
const NAMES = 'devkit/cars_meta.mat';
const TRAINING_LIST = 'devkit/cars_train_annos.mat';
/** Published beside the devkit, whose own list of the test images lacks the labels. */
const TEST_LIST = 'cars_test_annos_withlabels.mat';

export const CARS: Benchmark = {
  id: 'cars',
  name: 'Cars196',
  download:
    'https://ai.stanford.edu/~jkrause/cars/car_dataset.html, which is offline now: look for copies of its archives (car_ims.tgz and cars_annos.mat; or cars_train.tgz, cars_test.tgz, car_devkit.tgz and cars_test_annos_withlabels.mat)',
  layout: `either ${ONE_LIST} and car_ims/000001.jpg …, or ${NAMES}, ${TRAINING_LIST}, ${TEST_LIST}, cars_train/00001.jpg … and cars_test/00001.jpg …`,
  signs: [ONE_LIST, NAMES, TRAINING_LIST, TEST_LIST, 'car_ims', 'cars_train', 'cars_test'],
  folderName: /^(stanford.?)?cars?.?(196|_ims)?$/i,
  splits: { open: { train: 8054, test: 8131 }, closed: { train: 8144, test: 8041 } },
  ks: [1, 2, 4, 8],
  list,
};

/** What a list says of an image; classes are numbered from 1. */
type Car = { file: string; classNumber: number; isTest: boolean };

async function list(root: string, protocol: Protocol): Promise<Listing> {
  const { names, cars } = existsSync(join(root, ONE_LIST)) ? await oneList(root) : await twoLists(root);
  const half = halveClasses(cars.map(({ classNumber }) => classNumber));
  const splitOf = ({ classNumber, isTest }: Car) => {
    if (protocol === 'open') return half(classNumber);
    return isTest ? 'test' : 'train';
  };
  const images = cars.map((car) => ({ file: car.file, label: labelOf(car, names), split: splitOf(car) }));
  return { images, warnings: [] };
}

async function oneList(root: string): Promise<{ names: string[]; cars: Car[] }> {
  const path = join(root, ONE_LIST);
  const variables = await readMatlabFile(path);
  const cars = annotations(variables, path).map((annotation) => ({
    file: text(annotation, 'relative_im_path', path),
    classNumber: number(annotation, 'class', path),
    isTest: number(annotation, 'test', path) === 1,
  }));
  return { names: classNames(variables, path), cars };
}

async function twoLists(root: string): Promise<{ names: string[]; cars: Car[] }> {
  const names = classNames(await readMatlabFile(join(root, NAMES)), join(root, NAMES));
  const training = await oneFolder(root, TRAINING_LIST, 'cars_train', false);
  const inDevkit = join('devkit', TEST_LIST);
  const testList = existsSync(join(root, inDevkit)) ? inDevkit : TEST_LIST;
  const test = await oneFolder(root, testList, 'cars_test', true);
  return { names, cars: [...training, ...test] };
}

async function oneFolder(root: string, file: string, folder: string, isTest: boolean): Promise<Car[]> {
  const path = join(root, file);
  return annotations(await readMatlabFile(path), path).map((annotation) => ({
    file: `${folder}/${basename(text(annotation, 'fname', path))}`,
    classNumber: number(annotation, 'class', path),
    isTest,
  }));
}

function labelOf({ classNumber, file }: Car, names: string[]): string {
  const name = names[classNumber - 1];
  if (name !== undefined) return name;
  throw new SinterError(
    'bad-data',
    `${file} has the class ${classNumber}; Cars196 names ${names.length} classes.`,
  );
}

type Annotation = Record<string, MatlabValue>;

function annotations(variables: Map<string, MatlabValue>, path: string): Annotation[] {
  const value = variables.get('annotations');
  if (value?.kind === 'structs') return value.structs;
  throw unexpected('structs `annotations`', path);
}

function classNames(variables: Map<string, MatlabValue>, path: string): string[] {
  const value = variables.get('class_names');
  if (value?.kind !== 'cells') throw unexpected('cells `class_names`', path);
  return value.cells.map((cell) => {
    if (cell.kind === 'text') return cell.text;
    throw unexpected('text in `class_names`', path);
  });
}

function text(annotation: Annotation, field: string, path: string): string {
  const value = annotation[field];
  if (value?.kind === 'text') return value.text;
  throw unexpected(`text in \`annotations.${field}\``, path);
}

function number(annotation: Annotation, field: string, path: string): number {
  const value = annotation[field];
  if (value?.kind === 'numbers' && value.numbers.length === 1) return value.numbers[0] as number;
  throw unexpected(`a number in \`annotations.${field}\``, path);
}

function unexpected(what: string, path: string): SinterError {
  return new SinterError('bad-data', `Expected ${what} of ${path}, as Cars196 has; it is not there.`);
}
