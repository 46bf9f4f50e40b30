/** A labelled data set as both sides see it: a list of image files with class labels. */

/** `path` is absolute; `id` is the path relative to the set's root with `/` between its parts, unique within the set. */
export type LabelledImage = { id: string; path: string; label: string; split?: string };

/** A set read from a folder of class folders or from a manifest; `warnings` are sentences for the user. */
export type DataSet = { root: string; images: LabelledImage[]; warnings: string[] };
