/** Ways in: drop pictures or a folder anywhere on the page, paste, choose, or use a camera. */
import { isPictureName as isReadByEngine } from '../lib/shared/picture-names.js';
import { announce } from './announcer.js';
import { takeFiles } from './file-input.js';
import { find } from './find.js';
import { say } from './language.js';

/** @import {Home} from './move.js' */
/** @typedef {{name: string, path: string, file: File, home?: Home}} Picture */

/** Camera raw files have previews. */
const RAW = /\.(arw|cr2|cr3|dng|nef|nrw|orf|pef|raf|rw2|srw)$/i;

/** @param {string} path */
const isPictureName = (path) => isReadByEngine(path) || (RAW.test(path) && !/(^|\/)\._[^/]*$/.test(path));

/** Each button of the page and the input that it opens. */
const CHOICES = [['choose', 'files'], ['choose-folder', 'folder-files'], ['camera', 'camera-files']];

/** What a trait's file is called, and a table of judgements or of results. */
const TRAIT = /\.safetensors$/i;
const TABLE = /\.(csv|json)$/i;

/**
 * A folder without pictures is said to have none.
 * @param {{pictures: (pictures: Picture[]) => unknown, traits: (files: File[]) => void, tables: (files: File[]) => void}} to tables:
 *   once the pictures are on the page that came with them
 */
export function acceptPictures(to) {
  const take = async (/** @type {Picture[]} */ pictures) => (pictures.length > 0 ? to.pictures(pictures) : announce(say('intake.nothing')));
  /** @param {File[]} files @param {Picture[]} [inFolders] that came with them */
  const accept = async (files, inFolders = []) => {
    const alone = (/** @type {RegExp} */ wanted) => files.filter(({ name, webkitRelativePath }) => wanted.test(name) && webkitRelativePath === '');
    const [traits, tables] = [alone(TRAIT), alone(TABLE)];
    const pictures = files.filter((file) => !traits.includes(file) && !tables.includes(file)).map(toPicture).filter(({ path }) => !path.includes('/') || isPictureName(path));
    if (traits.length > 0) to.traits(traits);
    if (pictures.length + inFolders.length > 0 || traits.length + tables.length === 0) await take([...pictures, ...inFolders]);
    if (tables.length > 0) to.tables(tables);
  };
  for (const [button, input] of CHOICES) {
    find(button).addEventListener('click', () => (button === 'choose-folder' && 'showDirectoryPicker' in globalThis ? chooseFolder(take) : find(input).click()));
    find(input).addEventListener('change', takeFiles(accept));
  }
  document.addEventListener('paste', ({ clipboardData }) => {
    if (clipboardData && clipboardData.files.length > 0) accept([...clipboardData.files]);
  });
  acceptDrops(accept);
}

/** @param {File} file @returns {Picture} */
function toPicture(file) {
  const path = file.webkitRelativePath || file.name || say('intake.pasted');
  return { name: file.name || say('intake.pasted'), path, file };
}

/** @param {(files: File[], inFolders?: Picture[]) => void} accept */
function acceptDrops(accept) {
  const highlight = (/** @type {boolean} */ wanted) => find('intake').classList.toggle('dropping', wanted);
  document.addEventListener('dragover', (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    highlight(true);
  });
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) highlight(false);
  });
  document.addEventListener('drop', async (event) => {
    event.preventDefault();
    highlight(false);
    const { files, items } = /** @type {DataTransfer} */ (event.dataTransfer);
    // Only what has no type can be a folder: a thousand pictures need not be asked.
    const folders = Array.from(items, (item) => (item.type === '' ? item.webkitGetAsEntry?.() ?? null : null)).map((entry) => (entry?.isDirectory ? entry : null));
    if (!folders.some(Boolean)) {
      if (files.length > 0) accept([...files]);
      return;
    }
    const handles = Array.from(items, (item, at) => (folders[at] ? handleOf(item) : null));
    const alone = Array.from(items, (item, at) => (folders[at] ? null : item.getAsFile())).filter((file) => file !== null);
    /** @type {Picture[]} */
    const inFolders = [];
    for (const [at, folder] of folders.entries()) {
      const handle = await handles[at];
      if (handle) await addFrom({ root: handle, folder: handle, path: handle.name }, inFolders);
      else if (folder) await addPictures(folder, inFolders);
    }
    accept(alone, inFolders);
  });
}

/** By its handle, where the browser has one: pictures can be moved out of it later. @param {DataTransferItem} item a folder @returns {Promise<FileSystemDirectoryHandle | null>} */
const handleOf = async (item) => /** @type {any} */ (item).getAsFileSystemHandle?.().catch(() => null) ?? null;

/** @param {(pictures: Picture[]) => void} take */
async function chooseFolder(take) {
  /** @type {FileSystemDirectoryHandle} */
  let root;
  try {
    root = await /** @type {any} */ (globalThis).showDirectoryPicker();
  } catch (error) {
    if (/** @type {DOMException} */ (error).name !== 'AbortError') find('folder-files').click(); // as in a frame of another origin
    return;
  }
  /** @type {Picture[]} */
  const pictures = [];
  await addFrom({ root, folder: root, path: root.name }, pictures);
  take(pictures);
}

/** The pictures of a folder, to the bottom. @param {{root: FileSystemDirectoryHandle, folder: FileSystemDirectoryHandle, path: string}} place @param {Picture[]} pictures to which they are added */
async function addFrom({ folder, path, root }, pictures) {
  /** @type {(FileSystemDirectoryHandle | FileSystemFileHandle)[]} */
  const entries = [];
  for await (const entry of /** @type {any} */ (folder).values()) entries.push(entry);
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const { name } = entry;
    const own = `${path}/${name}`;
    if (entry.kind === 'directory') await addFrom({ root, folder: entry, path: own }, pictures);
    else if (isPictureName(own)) {
      const file = await entry.getFile().catch(() => null);
      if (file) pictures.push({ name, path: own, file, home: { root, folder, name } });
    }
  }
}

/** The pictures of a dropped file or folder, to the bottom. @param {FileSystemEntry} entry @param {Picture[]} pictures to which they are added */
async function addPictures(entry, pictures) {
  const path = entry.fullPath.replace(/^\//, '');
  if (isFile(entry)) {
    if (path.includes('/') && !isPictureName(path)) return;
    /** @type {File | null} */
    const file = await new Promise((resolve) => { entry.file(resolve, () => resolve(null)); });
    if (file) pictures.push({ name: file.name, path, file });
    return;
  }
  for (const child of await childrenOf(/** @type {FileSystemDirectoryEntry} */ (entry))) await addPictures(child, pictures);
}

/** @param {FileSystemEntry} entry @returns {entry is FileSystemFileEntry} */
const isFile = (entry) => entry.isFile;

/** A reader gives its entries in portions, and an empty one at the end. @param {FileSystemDirectoryEntry} folder */
async function childrenOf(folder) {
  const reader = folder.createReader();
  /** @type {FileSystemEntry[]} */
  const children = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const portion = await new Promise((resolve) => { reader.readEntries(resolve, () => resolve([])); });
    if (portion.length === 0) return children.sort((a, b) => (a.name < b.name ? -1 : 1));
    children.push(...portion);
  }
}
