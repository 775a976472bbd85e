/** What people do to the element as a whole: they drop, paste, press Escape, and click on its label. */

/**
 * @param {HTMLElement} element with a shadow root
 * @param {{isDisabled: () => boolean, onFiles: (files: File[]) => void, onHover: (isOver: boolean) => void, onEscape: () => void, onLabel: () => void}} handlers
 */
export function listenToPeople(element, { isDisabled, onFiles, onHover, onEscape, onLabel }) {
  const hasFiles = (/** @type {DataTransfer | null} */ transfer) => transfer?.types.includes('Files');
  // Files are kept from the browser also while disabled: it would leave the page to show them.
  element.addEventListener('dragover', (event) => {
    const { dataTransfer } = event;
    if (!dataTransfer || !hasFiles(dataTransfer)) return;
    event.preventDefault();
    dataTransfer.dropEffect = isDisabled() ? 'none' : 'copy';
    onHover(!isDisabled());
  });
  element.addEventListener('dragleave', (event) => {
    const into = /** @type {Node | null} */ (event.relatedTarget);
    if (!element.contains(into) && !element.shadowRoot?.contains(into)) onHover(false);
  });
  element.addEventListener('drop', (event) => {
    onHover(false);
    if (!hasFiles(event.dataTransfer)) return;
    event.preventDefault();
    onFiles([...event.dataTransfer?.files ?? []]);
  });
  element.addEventListener('paste', (event) => onFiles([...event.clipboardData?.files ?? []]));
  element.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') onEscape();
  });
  // A label's click reaches the element itself, and not one of its parts.
  element.addEventListener('click', (event) => {
    if (event.composedPath()[0] === element) onLabel();
  });
}
