/** Keeps the address true to what is shown, and what is shown to the address: the tab, the picture, and how pictures are arranged. */
import { Address } from './address.js';
import { find } from './find.js';

/** @import {Item} from './types.d.ts' */
/** @import {DetailDialog} from './detail-dialog.js' */
/** @import {GalleryPanel} from './gallery-panel.js' */
/** @import {Pictures} from './pictures.js' */
/** @import {Tabs} from './tabs.js' */

/** The tab that needs no name. */
const FIRST_TAB = 'pictures';
/** So many digits of a picture's hash tell it from all others that a person has. */
const DIGITS = 16;

/** @param {Item} item '' while its content is not read */
const nameOf = ({ key }) => (key ?? '').slice(0, DIGITS);

/**
 * @param {{detail: DetailDialog, gallery: GalleryPanel, pictures: Pictures, tabs: Tabs}} parts
 */
export function keepPlaces({ detail, gallery, pictures, tabs }) {
  const address = new Address(['tab', 'picture', 'dialog']);
  /** What they show has no address, but Back closes them, too. @type {NodeListOf<HTMLDialogElement>} */
  const dialogs = document.querySelectorAll('dialog:not(#detail)');
  /** A picture that the address names and that is not there yet. */
  let awaited = '';

  const arrangeAs = (/** @type {Record<string, string>} */ values) => {
    gallery.arrangement = values;
    address.note(gallery.arrangement);
  };
  const showPicture = (/** @type {string} */ name) => {
    awaited = '';
    if (name === '') return detail.close();
    const item = pictures.items.find((each) => nameOf(each) === name);
    if (item) detail.open(item);
    else awaited = name;
    return undefined;
  };
  const showTab = (/** @type {string} */ name) => {
    const panel = name || FIRST_TAB;
    if (panel !== tabs.shown) tabs.show(panel);
  };

  tabs.onShow((panel) => {
    const tab = panel === FIRST_TAB ? '' : panel;
    if (tab === address.get('tab')) return;
    awaited = '';
    address.go({ tab, picture: '' });
  });
  gallery.onArranged(() => address.note(gallery.arrangement));
  detail.onShown((item, isStep) => {
    awaited = '';
    if (isStep) address.note({ picture: nameOf(item) });
    else address.go({ picture: nameOf(item) });
  });
  detail.onClosed(() => address.note({ picture: '' }));
  address.onMove((values, isForeign) => {
    if (isForeign) arrangeAs(values);
    for (const dialog of dialogs) if (dialog.open && dialog.id !== values.dialog) dialog.close();
    showTab(values.tab ?? '');
    showPicture(values.picture ?? '');
  });
  for (const dialog of dialogs) {
    new MutationObserver(() => {
      if (dialog.open) address.go({ dialog: dialog.id });
      else if (address.get('dialog') === dialog.id) address.note({ dialog: '' });
    }).observe(dialog, { attributeFilter: ['open'] });
  }
  pictures.onChange(({ items }) => {
    if (awaited !== '' && [...items].some((item) => nameOf(item) === awaited)) showPicture(awaited);
  });
  document.querySelector('.skip')?.addEventListener('click', (event) => { // its own address would take the place of ours
    event.preventDefault();
    find('main').focus();
  });

  address.note({ dialog: '' });
  arrangeAs(Object.fromEntries(Object.keys(gallery.arrangement).map((name) => [name, address.get(name)])));
  showTab(address.get('tab'));
  showPicture(address.get('picture'));
}
