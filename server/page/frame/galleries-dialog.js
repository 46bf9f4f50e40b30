// @ts-check
/** The galleries of the server to go to, the model of the one that is shown, and a new one. */
import { h } from 'preact';
import { useState } from 'preact/hooks';
import { createGallery, getModels, switchModel } from '../api/galleries.js';
import { mayAdminister } from '../api/session.js';
import { closeDialog } from '../state/dialog.js';
import { galleries, gallery, galleryChanged, loadGalleries } from '../state/gallery.js';
import { useLoaded } from '../state/loaded.js';
import { say, tried } from '../state/notice.js';
import { galleryName, goTo, hrefTo } from '../state/route.js';
import { counted, problemInWords } from '../words.js';
import { Dialog } from './dialog.js';
import { Icon } from './icon.js';

export function GalleriesDialog() {
  return h(
    Dialog,
    { title: 'Galleries', onClose: closeDialog },
    h(
      'ul',
      { class: 'gallery-list' },
      (galleries.value ?? []).map((each) => h(GalleryLink, { key: each.name, gallery: each })),
    ),
    gallery.value && h(Models, { gallery: gallery.value }),
    mayAdminister.value && h(NewGallery, null),
  );
}

/** @param {{ gallery: import('../api/galleries.js').Gallery }} props */
function GalleryLink({ gallery: { name, title, size, model } }) {
  const current = name === galleryName.value;
  return h(
    'li',
    null,
    h(
      'a',
      { href: hrefTo(name, 'search'), 'aria-current': current ? 'true' : undefined, onClick: closeDialog },
      h('strong', null, title),
      h('span', { class: 'soft' }, `${counted(size, 'image', 'images')} · model ${model.name}`),
      current && h(Icon, { name: 'check' }),
    ),
  );
}

/** @param {{ gallery: import('../api/galleries.js').Gallery }} props */
function Models({ gallery: { name, title, size, model, models = [] } }) {
  const others = models.filter(({ active }) => !active);
  if (others.length === 0) return null;
  const use = (/** @type {import('../api/galleries.js').GalleryModel} */ other) =>
    tried(async () => {
      await switchModel(name, other.id);
      await galleryChanged();
      say(`${title} is searched with the model ${other.name} now.`);
    });
  return h(
    'section',
    { 'aria-labelledby': 'models-title' },
    h('h3', { id: 'models-title' }, `Model of ${title}`),
    h(
      'ul',
      { class: 'model-list' },
      h(
        'li',
        null,
        h('strong', null, model.name),
        h('span', { class: 'soft' }, `${model.dim} dimensions`),
        h('span', { class: 'tag' }, 'in use'),
      ),
      others.map((other) =>
        h(
          'li',
          { key: other.id },
          h('strong', null, other.name),
          h(
            'span',
            { class: 'soft' },
            other.embedded >= size ? `${other.dim} dimensions` : `${other.embedded} of ${size} embedded`,
          ),
          mayAdminister.value &&
            h(
              'button',
              {
                type: 'button',
                class: 'button small plain',
                disabled: other.embedded < size,
                onClick: () => use(other),
              },
              'Use this',
            ),
        ),
      ),
    ),
  );
}

function NewGallery() {
  const models = useLoaded(getModels, []);
  const [refusal, setRefusal] = useState('');
  const onSubmit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    const [name, model] = [String(form.get('name')).trim(), String(form.get('model'))];
    try {
      await createGallery(name, model);
      await loadGalleries();
      closeDialog();
      goTo(hrefTo(name, 'add'));
    } catch (error) {
      setRefusal(problemInWords(error).text);
    }
  };
  return h(
    'details',
    { class: 'new-gallery' },
    h('summary', null, 'New gallery'),
    h(
      'form',
      { class: 'stack', onSubmit },
      h(
        'label',
        { class: 'field' },
        'Name',
        h('input', {
          name: 'name',
          required: true,
          pattern: '[a-z0-9][a-z0-9._\\-]*',
          title: 'lower-case letters, digits and . _ -',
          autocomplete: 'off',
          spellcheck: false,
        }),
      ),
      h(
        'label',
        { class: 'field' },
        'Model',
        h(
          'select',
          { name: 'model', required: true },
          (models.value ?? []).map(({ id, name, dim }) =>
            h('option', { key: id, value: id }, `${name}, ${dim} dimensions`),
          ),
        ),
      ),
      h('p', { class: 'refusal', role: 'alert' }, refusal),
      h('div', { class: 'actions' }, h('button', { class: 'button' }, 'Make it')),
    ),
  );
}
