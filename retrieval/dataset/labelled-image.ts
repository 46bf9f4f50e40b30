/** A set of image files as both sides see it: for training and audits every image has a class, for indexing it may have one. */

/** `path` is absolute; `id` is the path relative to the set's root with `/` between its parts, unique within the set. */
export type ImageFile = { id: string; path: string; label: string | null; split?: string };

export type LabelledImage = ImageFile & { label: string };

/** A set read from a folder of class folders or from a manifest; `warnings` are sentences for the user. */
export type DataSet<Image extends ImageFile = LabelledImage> = {
  root: string;
  images: Image[];
  warnings: string[];
};
