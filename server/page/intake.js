// @ts-check
/** The ways by which an image comes in: chosen, dropped anywhere, or pasted. */
import { byId } from './element.js';

/** @param {(file: File) => void} onImage called with the file, whatever its type: the server judges it */
export function takeImages(onImage) {
  takeChosen(onImage);
  takeDropped(onImage);
  document.addEventListener('paste', (event) => {
    const file = event.clipboardData?.files[0];
    if (!file) return;
    event.preventDefault();
    onImage(file);
  });
}

/** @param {(file: File) => void} onImage */
function takeChosen(onImage) {
  const input = /** @type {HTMLInputElement} */ (byId('file'));
  for (const button of document.querySelectorAll('[data-choose]')) {
    button.addEventListener('click', () => input.click());
  }
  input.addEventListener('change', () => {
    const file = input.files?.[0];
    input.value = '';
    if (file) onImage(file);
  });
}

/** @param {(file: File) => void} onImage */
function takeDropped(onImage) {
  const veil = byId('veil');
  let depth = 0;
  const carriesFile = (/** @type {DragEvent} */ event) =>
    event.dataTransfer?.types.includes('Files') ?? false;
  const track = (/** @type {number} */ change) => (/** @type {DragEvent} */ event) => {
    if (!carriesFile(event)) return;
    depth += change;
    veil.hidden = depth <= 0;
  };
  addEventListener('dragenter', track(1));
  addEventListener('dragleave', track(-1));
  addEventListener('dragover', (event) => {
    if (carriesFile(event)) event.preventDefault();
  });
  addEventListener('drop', (event) => {
    depth = 0;
    veil.hidden = true;
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    onImage(file);
  });
}
