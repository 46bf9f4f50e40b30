// @ts-check
/** Asks for an API key: the server wants one, or the user has one that allows more. */
import { h } from 'preact';
import { useState } from 'preact/hooks';
import { keyWanted } from '../api/client.js';
import { signIn } from '../api/session.js';
import { problemInWords } from '../words.js';
import { Dialog } from './dialog.js';

const giveUp = () => {
  keyWanted.value = 'no';
};

export function KeyDialog() {
  const [refusal, setRefusal] = useState('');
  const onSubmit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const key = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget)).get('key');
    await signIn(String(key).trim()).catch((error) => setRefusal(problemInWords(error).text));
  };
  const field = {
    name: 'key',
    type: 'password',
    required: true,
    autocomplete: 'current-password',
    spellcheck: false,
    autofocus: true,
  };
  return h(
    Dialog,
    keyWanted.value === 'by-user'
      ? { title: 'Use a key', onClose: giveUp }
      : { title: 'This server asks for a key' },
    h(
      'form',
      { onSubmit, class: 'stack' },
      h(
        'p',
        { class: 'soft' },
        'Whoever runs it can make one with ',
        h('code', null, 'sinter keys create'),
        '.',
      ),
      h('label', { class: 'field' }, 'API key', h('input', field)),
      h('p', { class: 'refusal', role: 'alert' }, refusal),
      h('div', { class: 'actions' }, h('button', { class: 'button' }, 'Go on')),
    ),
  );
}
