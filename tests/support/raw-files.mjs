/** Files as cameras write them, as far as their previews go: TIFF with directories, RAF, CR3. Made of numbers, after the formats' public descriptions. */

/** @typedef {[tag: number, type: number, values: number[]]} Entry types 3: 16 bits, 4: 32 bits */

const SIZES = { 3: 2, 4: 4 };

/**
 * A TIFF whose directories come first, and then what they point to.
 * @param {{data?: Buffer[], entries: Entry[], sub?: Entry[][]}[]} directories sub: those of tag SubIFDs; a value "#0" is where data[0] lies
 * @param {boolean} little
 */
function tiff(directories, little) {
  const parts = [];
  let end = 8;
  const put = (bytes) => {
    parts.push(bytes);
    end += bytes.length;
    return end - bytes.length;
  };
  const number = (value, size) => {
    const bytes = Buffer.alloc(size);
    if (size === 2) bytes[little ? 'writeUInt16LE' : 'writeUInt16BE'](value);
    else bytes[little ? 'writeUInt32LE' : 'writeUInt32BE'](value);
    return bytes;
  };
  const directory = (entries, next) => {
    const rows = entries.map(([tag, type, values]) => {
      const body = Buffer.concat(values.map((value) => number(value, SIZES[type])));
      const place = body.length <= 4 ? Buffer.concat([body, Buffer.alloc(4 - body.length)]) : number(put(body), 4);
      return Buffer.concat([number(tag, 2), number(type, 2), number(values.length, 4), place]);
    });
    return put(Buffer.concat([number(rows.length, 2), ...rows, number(next, 4)]));
  };
  let next = 0;
  for (const { data = [], entries, sub = [] } of directories.slice().reverse()) {
    const places = data.map(put);
    const resolve = (rows) => rows.map(([tag, type, values]) => [tag, type, values.map((value) => (typeof value === 'string' ? places[Number(value.slice(1))] : value))]);
    const subs = sub.map((rows) => directory(resolve(rows), 0));
    next = directory([...resolve(entries), ...(subs.length > 0 ? [[0x14a, 4, subs]] : [])], next);
  }
  const head = Buffer.concat([Buffer.from(little ? 'II' : 'MM'), number(42, 2), number(next, 4)]);
  return Buffer.concat([head, ...parts]);
}

/** A lossless JPEG's beginning: raw data, which are no preview. */
const LOSSLESS = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xc3, 0, 11, 14, 0x10, 0, 0x10, 0, 1, 1, 0x11, 0]), Buffer.alloc(200000, 7)]);

/** Canon: the preview is a strip of the first directory, a thumbnail and the raw data lie in others. @param {Buffer} jpeg @param {Buffer} thumbnail @param {number} orientation */
export const cr2 = (jpeg, thumbnail, orientation) => tiff([
  { data: [jpeg], entries: [[0x103, 3, [6]], [0x111, 4, ['#0']], [0x112, 3, [orientation]], [0x117, 4, [jpeg.length]]] },
  { data: [thumbnail], entries: [[0x201, 4, ['#0']], [0x202, 4, [thumbnail.length]]] },
  { data: [LOSSLESS], entries: [[0x103, 3, [6]], [0x111, 4, ['#0']], [0x117, 4, [LOSSLESS.length]]] },
], true);

/** Nikon: the preview lies in a subdirectory. @param {Buffer} jpeg */
export const nef = (jpeg) => tiff([{ data: [jpeg], entries: [[0x112, 3, [1]]], sub: [[[0x201, 4, ['#0']], [0x202, 4, [jpeg.length]]], [[0x103, 3, [34713]], [0x111, 4, [8]], [0x117, 4, [64]]]] }], false);

/** Adobe: a JPEG strip in a subdirectory beside lossless raw data. @param {Buffer} jpeg */
export const dng = (jpeg) => tiff([{
  data: [jpeg, LOSSLESS], entries: [[0x112, 3, [1]]],
  sub: [[[0x103, 3, [7]], [0x111, 4, ['#1']], [0x117, 4, [LOSSLESS.length]]], [[0x103, 3, [7]], [0x111, 4, ['#0']], [0x117, 4, [jpeg.length]]]],
}], true);

/** Fuji. @param {Buffer} jpeg */
export function raf(jpeg) {
  const head = Buffer.alloc(148);
  head.write('FUJIFILMCCD-RAW 0201');
  head.writeUInt32BE(148, 84);
  head.writeUInt32BE(jpeg.length, 88);
  return Buffer.concat([head, jpeg, Buffer.alloc(1000)]);
}

/** Canon's newer one. @param {Buffer} jpeg */
export function cr3(jpeg) {
  const box = (type, ...body) => {
    const bytes = Buffer.concat(body);
    const head = Buffer.alloc(8);
    head.writeUInt32BE(bytes.length + 8);
    head.write(type, 4);
    return Buffer.concat([head, bytes]);
  };
  const preview = Buffer.alloc(16);
  preview.writeUInt16BE(1, 4);
  preview.writeUInt16BE(1620, 6);
  preview.writeUInt16BE(1080, 8);
  preview.writeUInt16BE(1, 10);
  preview.writeUInt32BE(jpeg.length, 12);
  return Buffer.concat([
    box('ftyp', Buffer.from('crx \0\0\0\x01crx isom')), box('moov', Buffer.alloc(400)),
    box('uuid', Buffer.from('eaf42b5e1c984788b9fbb7dc406e4d16', 'hex'), Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]), box('PRVW', preview, jpeg)),
    box('mdat', Buffer.alloc(2000)),
  ]);
}
