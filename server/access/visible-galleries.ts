/** The galleries of the server as the caller of a route may see them. */
import type { Response } from 'express';
import type { Galleries, ServedGallery } from '../galleries/galleries.ts';
import { accessOf } from './access.ts';
import { restrictGallery } from './restricted-gallery.ts';

export type VisibleGalleries = { get(name: string): Promise<ServedGallery> };

/** Those of the server, or where the caller's key has a filter, what it lets through of them. */
export function visibleTo(response: Response, galleries: Galleries): VisibleGalleries {
  const { filter } = accessOf(response);
  if (!filter) return galleries;
  return {
    get: async (name) => {
      const { gallery, model } = await galleries.get(name);
      return { gallery: await restrictGallery(gallery, filter), model };
    },
  };
}
