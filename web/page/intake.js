/** Ways in: drop anywhere on the page, paste, choose. */
import { words } from './words.js';

/**
 * @param {{zone: HTMLElement, button: HTMLElement, input: HTMLInputElement}} elements
 * @param {(files: {name: string, blob: Blob}[]) => void} onPictures
 */
export function acceptPictures({ zone, button, input }, onPictures) {
  const accept = (files) => {
    if (files.length > 0) onPictures(Array.from(files, (blob) => ({ name: blob.name || words.pasted, blob })));
  };
  button.addEventListener('click', () => input.click());
  input.addEventListener('change', () => {
    accept(input.files);
    input.value = '';
  });
  document.addEventListener('paste', (event) => accept(event.clipboardData.files));
  acceptDrops(zone, accept);
}

function acceptDrops(zone, accept) {
  const highlight = (wanted) => zone.classList.toggle('dropping', wanted);
  document.addEventListener('dragover', (event) => {
    if (!event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    highlight(true);
  });
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) highlight(false);
  });
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    highlight(false);
    accept(event.dataTransfer.files);
  });
}
