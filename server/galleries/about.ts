/** What a page says about a gallery, kept with the gallery: its title, some notes, and whose work the images are. */
import type { Gallery } from '../../retrieval/gallery/item.ts';

/** Whose work the images of a gallery are. */
export type Credit = { name: string; author: string; licence: string; licenceUrl?: string; url: string };

export type About = { title: string; notes: string | null; credits: Credit[] };

const SETTING = 'about';

/** Where nothing was kept, the name of the gallery is its title. */
export function aboutOf(gallery: Gallery): About {
  return gallery.setting<About>(SETTING) ?? { title: gallery.name, notes: null, credits: [] };
}

/** On disk when it returns. */
export function keepAbout(gallery: Gallery, about: About): void {
  gallery.setSetting(SETTING, about);
}
