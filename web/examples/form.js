/** Shows what a form would send. The browser checks the form first, so a refused picture never comes here. */
const form = /** @type {HTMLFormElement} */ (document.querySelector('form'));
const output = /** @type {HTMLOutputElement} */ (document.querySelector('output'));

form.addEventListener('submit', (event) => {
  event.preventDefault(); // an example has no server
  const data = new FormData(form);
  const photo = /** @type {File} */ (data.get('photo'));
  output.textContent = `Would be sent: ${data.get('title')}, ${photo.name} of ${photo.size} bytes, scores ${data.get('photo-scores')}.`;
});
