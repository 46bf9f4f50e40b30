/** What a published benchmark is to the reader: how its folder looks, what its lists say, and how it is split. */

/**
 * `open`: trained on some classes and tested on others, the protocol of metric learning.
 * `closed`: trained and tested on different images of the same classes, the protocol of classification.
 */
export type Protocol = 'open' | 'closed';

export const PROTOCOLS: readonly Protocol[] = ['open', 'closed'];

/** An image as the lists of a benchmark have it; `file` is relative to the root, with `/` between its parts. */
export type ListedImage = { file: string; label: string; split: 'train' | 'test' | 'query' | 'gallery' };

/** `warnings` are sentences for the user. */
export type Listing = { images: ListedImage[]; warnings: string[] };

/** What a benchmark is called where one is asked for by name. */
export type BenchmarkId = 'cub' | 'cars' | 'sop' | 'in-shop';

export const BENCHMARK_IDS: readonly BenchmarkId[] = ['cub', 'cars', 'sop', 'in-shop'];

export type Benchmark = {
  id: BenchmarkId;
  name: string;
  /** The official page, and what to know about it. */
  download: string;
  /** What the folder must hold, in words. */
  layout: string;
  /** Files and folders of which a single one shows that a folder is meant to be this benchmark. */
  signs: readonly string[];
  /** What its folder is usually called. */
  folderName: RegExp;
  /** Images of each split when complete, for every protocol that the benchmark has. */
  splits: { open: Record<string, number>; closed?: Record<string, number> };
  /** The numbers of neighbours for which recall is published. */
  ks: readonly number[];
  /** Reads the lists, not the images. Node's ENOENT where a list is not there, `bad-data` where it cannot be right. */
  list(root: string, protocol: Protocol): Promise<Listing>;
};

/**
 * The open split of benchmarks that number their classes: the first half of those that are present is trained on, the
 * larger half where they are odd. For the complete sets these are CUB's classes 1-100 and Cars196's 1-98.
 */
export function halveClasses(present: Iterable<number>): (classNumber: number) => 'train' | 'test' {
  const classes = [...new Set(present)].sort((a, b) => a - b);
  const lastTrained = classes[Math.ceil(classes.length / 2) - 1] as number;
  return (classNumber) => (classNumber <= lastTrained ? 'train' : 'test');
}
