// @ts-check
/** The head of the page: whose it is, which gallery, which view of it. */
import { h } from 'preact';
import { mayWrite } from '../api/session.js';
import { openDialog } from '../state/dialog.js';
import { galleries, gallery } from '../state/gallery.js';
import { galleryName, hrefHere, route } from '../state/route.js';
import { theme } from '../state/settings.js';
import { figure } from '../words.js';
import { Icon } from './icon.js';
import { JobsButton } from './jobs-button.js';

const VIEWS = [
  ['search', 'Search'],
  ['browse', 'Browse'],
  ['clusters', 'Clusters'],
  ['duplicates', 'Duplicates'],
  ['map', 'Map'],
];

export function Head() {
  return h(
    'header',
    { class: 'head' },
    h(
      'a',
      {
        class: 'brand',
        href: galleryName.value ? hrefHere('search') : '/',
        'aria-label': 'Sinter, start page',
      },
      h('img', { src: '/mark.svg', alt: '', width: 26, height: 26 }),
      h('span', null, 'Sinter'),
    ),
    h(GalleryButton, null),
    gallery.value && h(Views, null),
    h(
      'div',
      { class: 'head-end' },
      h(JobsButton, null),
      gallery.value && mayWrite.value && h(AddLink, null),
      h(ThemeButton, null),
      h(
        'button',
        {
          type: 'button',
          class: 'icon-button keys-button',
          'aria-label': 'Keyboard and settings',
          onClick: () => openDialog('keys'),
        },
        '?',
      ),
    ),
  );
}

function GalleryButton() {
  if (!galleries.value) return null;
  const name = gallery.value?.title ?? 'Galleries';
  return h(
    'button',
    {
      type: 'button',
      class: 'gallery-button',
      'aria-haspopup': 'dialog',
      onClick: () => openDialog('galleries'),
    },
    h('span', { class: 'unseen' }, 'Gallery: '),
    h('span', { class: 'gallery-title' }, name),
    gallery.value && h('span', { class: 'count' }, figure(gallery.value.size)),
    h(Icon, { name: 'down' }),
  );
}

function Views() {
  const { view } = route.value;
  return h(
    'nav',
    { class: 'views', 'aria-label': 'Views of the gallery' },
    VIEWS.map(([key = '', name]) =>
      h('a', { key, href: hrefHere(key), 'aria-current': key === view ? 'page' : undefined }, name),
    ),
  );
}

function AddLink() {
  const current = route.value.view === 'add' ? 'page' : undefined;
  return h(
    'a',
    { class: 'button small', href: hrefHere('add'), 'aria-current': current },
    h(Icon, { name: 'add' }),
    'Add images',
  );
}

function ThemeButton() {
  const isDark =
    theme.value === 'dark' || (theme.value === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
  const label = isDark ? 'Light colours' : 'Dark colours';
  const onClick = () => {
    theme.value = isDark ? 'light' : 'dark';
  };
  return h(
    'button',
    { type: 'button', class: 'icon-button theme-button', 'aria-label': label, title: label, onClick },
    h(Icon, { name: isDark ? 'sun' : 'moon' }),
  );
}
