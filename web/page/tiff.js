/**
 * The tags of a TIFF file, which is also what Exif and most camera raw files are. Every offset, count and loop of a stranger's file is
 * checked; what lies outside is passed over. Pure.
 */

/**
 * @typedef {{at: number, count: number, values: (number | string)[]}} Tag at: where its values lie; rationals as their quotient, texts as
 *   one value, none of a tag that has very many
 * @typedef {Map<number, Tag>} Directory
 * @typedef {{directories: Directory[], view: DataView}} Tiff
 */

const SIZES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];
const TEXT = 2;
const MOST_DIRECTORIES = 32;
const MOST_TAGS = 512;
/** No tag that is read here has more values. */
const MOST_VALUES = 4096;

/** Tags that point to further directories: SubIFDs, Exif, GPS. */
const POINTERS = [0x14a, 0x8769, 0x8825];

/** @type {((view: DataView, at: number, little: boolean) => number)[]} */
const READERS = [
  () => 0,
  (view, at) => view.getUint8(at),
  (view, at) => view.getUint8(at),
  (view, at, little) => view.getUint16(at, little),
  (view, at, little) => view.getUint32(at, little),
  (view, at, little) => view.getUint32(at, little) / view.getUint32(at + 4, little),
  (view, at) => view.getInt8(at),
  (view, at) => view.getUint8(at),
  (view, at, little) => view.getInt16(at, little),
  (view, at, little) => view.getInt32(at, little),
  (view, at, little) => view.getInt32(at, little) / view.getInt32(at + 4, little),
  (view, at, little) => view.getFloat32(at, little),
  (view, at, little) => view.getFloat64(at, little),
];

/** @param {Uint8Array} bytes from the header on, as much as there is @returns {Tiff | null} null: not a TIFF */
export function readTiff(bytes) {
  if (bytes.length < 8) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const order = view.getUint16(0);
  const little = order === 0x4949;
  if (!little && order !== 0x4d4d) return null;
  const magic = view.getUint16(2, little);
  if (![42, 0x4f52, 0x5352, 0x55].includes(magic)) return null; // TIFF, Olympus, Olympus, Panasonic
  /** @type {Directory[]} */
  const directories = [];
  const waiting = [view.getUint32(4, little)];
  const seen = new Set();
  while (waiting.length > 0 && directories.length < MOST_DIRECTORIES) {
    const at = /** @type {number} */ (waiting.shift());
    if (at === 0 || seen.has(at) || at + 2 > bytes.length) continue;
    seen.add(at);
    const { directory, next } = readDirectory(view, at, little);
    directories.push(directory);
    for (const pointer of POINTERS) waiting.push(...(directory.get(pointer)?.values ?? []).filter((value) => typeof value === 'number'));
    waiting.push(next);
  }
  return { directories, view };
}

/** @param {DataView} view @param {number} at @param {boolean} little */
function readDirectory(view, at, little) {
  /** @type {Directory} */
  const directory = new Map();
  const count = Math.min(view.getUint16(at, little), MOST_TAGS);
  let place = at + 2;
  for (let index = 0; index < count && place + 12 <= view.byteLength; index += 1, place += 12) {
    const tag = readTag(view, place, little);
    if (tag) directory.set(view.getUint16(place, little), tag);
  }
  return { directory, next: place + 4 <= view.byteLength ? view.getUint32(place, little) : 0 };
}

/** @param {DataView} view @param {number} place @param {boolean} little @returns {Tag | null} */
function readTag(view, place, little) {
  const type = view.getUint16(place + 2, little);
  const count = view.getUint32(place + 4, little);
  const size = SIZES[type] ?? 0;
  if (size === 0) return null;
  const at = size * count <= 4 ? place + 8 : view.getUint32(place + 8, little);
  if (count > MOST_VALUES || at + size * count > view.byteLength) return { at, count, values: [] };
  if (type === TEXT) return { at, count, values: [textAt(view, at, count)] };
  return { at, count, values: Array.from({ length: count }, (_, index) => READERS[type](view, at + index * size, little)) };
}

/** @param {DataView} view @param {number} at @param {number} count */
function textAt(view, at, count) {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, count);
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end)).trim();
}
