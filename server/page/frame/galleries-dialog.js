// @ts-check
/** The galleries of the server to go to, the model of the one that is shown, and a new one. */
import { h } from 'preact';
import { useState } from 'preact/hooks';
import { createGallery, getGallery, getModels, switchModel } from '../api/galleries.js';
import { mayAdminister } from '../api/session.js';
import { closeDialog } from '../state/dialog.js';
import { galleries, gallery, galleryChanged, loadGalleries, revision } from '../state/gallery.js';
import { activeJobOf, beginJob } from '../state/jobs.js';
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

/** The models that it has embeddings of, to switch between, and others to embed it with. @param {{ gallery: import('../api/galleries.js').Gallery }} props */
function Models({ gallery: { name, title, size } }) {
  const held = useLoaded(() => getGallery(name), [name, revision.value]).value?.models ?? [];
  const all = useLoaded(getModels, []).value ?? [];
  const others = all.filter(({ id }) => !held.some((each) => each.id === id));
  return h(
    'section',
    { 'aria-labelledby': 'models-title' },
    h('h3', { id: 'models-title' }, `Model of ${title}`),
    h(
      'ul',
      { class: 'model-list' },
      held.map((model) => h(HeldModel, { key: model.id, model, gallery: name, size })),
      mayAdminister.value && others.map((model) => h(OtherModel, { key: model.id, model })),
    ),
  );
}

/** @param {{ model: import('../api/galleries.js').GalleryModel, gallery: string, size: number }} props */
function HeldModel({ model: { id, name, dim, embedded, active }, gallery, size }) {
  const use = () =>
    tried(async () => {
      await switchModel(gallery, id);
      await galleryChanged();
      say(`It is searched by the model ${name} now.`);
    });
  const isWhole = embedded >= size;
  return h(
    'li',
    null,
    h('strong', null, name),
    h('span', { class: 'soft' }, isWhole ? `${dim} dimensions` : `${embedded} of ${size} embedded`),
    active && h('span', { class: 'tag' }, 'in use'),
    !active &&
      isWhole &&
      mayAdminister.value &&
      h('button', { type: 'button', class: 'button small plain', onClick: use }, 'Use this'),
    !isWhole && h(EmbedButton, { id }),
  );
}

/** @param {{ model: import('../api/galleries.js').Model }} props */
const OtherModel = ({ model: { id, name, dim } }) =>
  h(
    'li',
    null,
    h('strong', null, name),
    h('span', { class: 'soft' }, `${dim} dimensions`),
    h(EmbedButton, { id }),
  );

/** Embeds beside the model in use, which is switched when all is embedded. @param {{ id: string }} props */
function EmbedButton({ id }) {
  const embed = () => tried(() => beginJob('re-embed', { model: id }));
  if (!mayAdminister.value) return null;
  const busy = activeJobOf('re-embed') !== undefined;
  return h(
    'button',
    { type: 'button', class: 'button small plain', disabled: busy, onClick: embed },
    busy ? 'Embedding …' : 'Embed with it',
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
