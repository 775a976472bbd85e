/** The field in which the reader chooses a language. */
import { find } from './find.js';
import { currentLanguage, switchLanguage, translateDocument } from './language.js';

/** Puts index.html into the reader's language, and offers the others. */
export function offerLanguages() {
  translateDocument();
  const field = find('language');
  field.value = currentLanguage();
  field.addEventListener('input', () => switchLanguage(field.value));
}
