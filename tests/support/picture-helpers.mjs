/** The picture module for tests: percept.h's part one over the built picture.wasm, and inputs made of hashes. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { mix32 } from '../golden/generator.mjs';

export const GOLDEN = new URL('../golden/', import.meta.url);

const compiled = Object.fromEntries(['picture', 'picture-webp'].map((name) => (
  [name, new WebAssembly.Module(readFileSync(new URL(`../../web/lib/wasm/${name}.wasm`, import.meta.url)))])));

/** What the modules import, as [{module, name, kind}]. */
export const imports = Object.values(compiled).map((module) => WebAssembly.Module.imports(module));

/** An instance with one picture. `pages` is the most memory that it may take, 64 KiB each; `name` the module's. */
export class TestPicture {
  constructor(pages = 16384, name = 'picture') {
    this.memory = new WebAssembly.Memory({ initial: 16, maximum: pages });
    this.exports = new WebAssembly.Instance(compiled[name], { env: { memory: this.memory } }).exports;
    this.exports._initialize();
    this.info = JSON.parse(this.#text(this.exports.picture_info()));
    this.handle = this.exports.picture_new();
  }

  get message() {
    return this.#text(this.exports.picture_message(this.handle));
  }

  get width() {
    return this.exports.picture_width(this.handle);
  }

  get height() {
    return this.exports.picture_height(this.handle);
  }

  /** Decodes a file; returns the status's name. */
  decode(bytes, applyOrientation = true) {
    const address = this.exports.picture_input(this.handle, bytes.length);
    if (address === 0) return 'OUT_OF_MEMORY';
    new Uint8Array(this.memory.buffer, address, bytes.length).set(bytes);
    return this.name(this.exports.picture_decode(this.handle, applyOrientation ? 1 : 0));
  }

  /** Takes RGB pixels, with an alpha that is to be ignored. */
  take(width, height, rgb) {
    const address = this.exports.picture_rgba_input(this.handle, width, height);
    if (address === 0) return 'OUT_OF_MEMORY';
    const rgba = new Uint8Array(this.memory.buffer, address, width * height * 4);
    for (let i = 0; i < width * height; i++) {
      rgba.set(rgb.subarray(3 * i, 3 * i + 3), 4 * i);
      rgba[4 * i + 3] = i;
    }
    return this.name(this.exports.picture_take_rgba(this.handle));
  }

  /** Pictures that are decoded from here on become RGB after they are resized, or before. @param {boolean} after */
  convertAfter(after) {
    this.exports.picture_convert_after(this.handle, Number(after));
  }

  resize(width, height, filter) {
    return this.name(this.exports.picture_resize_exact(this.handle, height, width, filter));
  }

  resizeShorter(shorter, filter) {
    return this.name(this.exports.picture_resize_shorter(this.handle, shorter, filter));
  }

  resizeLonger(longer, filter) {
    return this.name(this.exports.picture_resize_longer(this.handle, longer, filter));
  }

  pad(size, grey) {
    return this.name(this.exports.picture_pad(this.handle, size, grey));
  }

  cropCenterDown(size) {
    return this.name(this.exports.picture_crop_center_down(this.handle, size));
  }

  cropCenter(size) {
    return this.name(this.exports.picture_crop_center(this.handle, size));
  }

  cropGrid(rows, columns, size) {
    return this.name(this.exports.picture_crop_grid(this.handle, rows, columns, size));
  }

  cropGridToEdges(rows, columns, size) {
    return this.name(this.exports.picture_crop_grid_to_edges(this.handle, rows, columns, size));
  }

  /** The views, copied. */
  views(size) {
    const count = this.exports.picture_view_count(this.handle);
    return new Uint8Array(this.memory.buffer, this.exports.picture_views(this.handle), count * size * size * 3).slice();
  }

  /**
   * All pixels of the resized picture, whose size the caller knows: views at every position along the longer
   * side, of which each gives the row or column that the one before lacks.
   */
  resizedPixels(width, height) {
    const size = Math.min(width, height);
    const [rows, columns] = [height - size + 1, width - size + 1];
    const status = this.cropGrid(rows, columns, size);
    if (status !== 'OK') throw new Error(`${status}: ${this.message}`);
    const views = this.views(size);
    const pixels = new Uint8Array(width * height * 3);
    for (let view = 0; view < rows * columns; view++) {
      const [top, left] = rows > 1 ? [view, 0] : [0, view];
      for (let y = 0; y < size; y++) {
        const from = (view * size + y) * size * 3;
        pixels.set(views.subarray(from, from + size * 3), ((top + y) * width + left) * 3);
      }
    }
    return pixels;
  }

  get isDamaged() {
    return this.exports.picture_damaged(this.handle) === 1;
  }

  /** All pixels of the decoded picture: the middle of one view, which grey makes square. */
  decodedPixels() {
    const { width, height } = this;
    const side = Math.max(width, height);
    for (const status of [this.resize(width, height, 0), this.pad(side, 0), this.cropCenterDown(side)]) {
      if (status !== 'OK') throw new Error(`${status}: ${this.message}`);
    }
    const view = this.views(side);
    const [top, left] = [Math.floor((side - height) / 2), Math.floor((side - width) / 2)];
    const pixels = new Uint8Array(width * height * 3);
    for (let y = 0; y < height; y++) {
      const from = ((top + y) * side + left) * 3;
      pixels.set(view.subarray(from, from + width * 3), y * width * 3);
    }
    return pixels;
  }

  name(status) {
    return this.info.statuses[status];
  }

  #text(address) {
    const bytes = new Uint8Array(this.memory.buffer, address);
    return new TextDecoder().decode(bytes.slice(0, bytes.indexOf(0)));
  }
}

/** A picture of each module, by the name of the file that it is to read. */
export function pictureReaders() {
  const [picture, webp] = [new TestPicture(), new TestPicture(undefined, 'picture-webp')];
  return (file) => (file.endsWith('.webp') ? webp : picture);
}

export function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

export function readGolden() {
  return JSON.parse(readFileSync(new URL('pillow.json', GOLDEN), 'utf8'));
}

export function readPicture(name) {
  return new Uint8Array(readFileSync(new URL(`pictures/${name}`, GOLDEN)));
}

/** RGB noise; for odd seeds only black and white. As `synthetic` in pillow.py. */
export function synthetic(width, height, seed) {
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < pixels.length; i++) {
    const value = mix32(seed, i) >>> 24;
    pixels[i] = seed % 2 === 0 ? value : value < 128 ? 0 : 255;
  }
  return pixels;
}

/** A writer of JPEG's entropy-coded bits. */
class Bits {
  #buffer = 0;
  #count = 0;
  bytes = [];

  write(value, count) {
    for (let i = count - 1; i >= 0; i--) {
      this.#buffer = (this.#buffer << 1) | ((value >> i) & 1);
      if (++this.#count === 8) this.#flush();
    }
  }

  pad() {
    while (this.#count > 0) this.write(1, 1);
  }

  #flush() {
    this.bytes.push(this.#buffer);
    if (this.#buffer === 0xFF) this.bytes.push(0);
    this.#buffer = 0;
    this.#count = 0;
  }
}

/** The grey of the 8 x 8 block at (column, row) of blockJpeg's picture. */
export function blockGrey(seed, column, row) {
  return 28 + (mix32(seed, row * 4096 + column) >>> 0) % 200;
}

function writeGrey(bits, difference) {
  const size = 32 - Math.clz32(Math.abs(difference));
  bits.write(size, 8);
  bits.write(difference > 0 ? difference : difference + (1 << size) - 1, size);
  bits.write(0, 1); // no other coefficient
}

/** A JPEG of grey blocks with colour components half as wide and high, as cameras write them. */
export function blockJpeg(width, height, seed) {
  const segment = (marker, ...body) => [0xFF, marker, (body.length + 2) >> 8, (body.length + 2) & 255, ...body];
  const bits = new Bits();
  let previous = 128;
  for (let row = 0; row < Math.ceil(height / 16); row++) {
    for (let column = 0; column < Math.ceil(width / 16); column++) {
      for (const [x, y] of [[0, 0], [1, 0], [0, 1], [1, 1]]) {
        const grey = blockGrey(seed, 2 * column + x, 2 * row + y);
        writeGrey(bits, grey - previous);
        previous = grey;
      }
      writeGrey(bits, 0);
      writeGrey(bits, 0);
    }
  }
  bits.pad();
  const head = [
    0xFF, 0xD8,
    ...segment(0xDB, 0, ...new Array(64).fill(8)), // a step of 8 in the mean is one grey level
    ...segment(0xC0, 8, height >> 8, height & 255, width >> 8, width & 255, 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0),
    ...segment(0xC4, 0x00, 0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
    ...segment(0xC4, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    ...segment(0xDA, 3, 1, 0, 2, 0, 3, 0, 0, 63, 0),
  ];
  const file = new Uint8Array(head.length + bits.bytes.length + 2);
  file.set(head);
  file.set(bits.bytes, head.length);
  file.set([0xFF, 0xD9], file.length - 2);
  return file;
}
