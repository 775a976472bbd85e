/**
 * PNG files of every kind that the standard knows, with the RGB pixels that they hold: each colour type and depth, plain
 * and interlaced, with each row filter and with all of them in turn, of sides 1 to 9 and around 32, with data in one chunk
 * or in many, and ones that are broken in one place. Written from the standard (W3C PNG, third edition), not by a library.
 */
import { crc32, deflateSync } from 'node:zlib';
import { mix32 } from './generator.mjs';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
const DEPTHS = { 0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16] };
const CHANNELS = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const PALETTE = 3;
/** Adam7: first column and row, and the steps. */
const PASSES = [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]];
const NO_PASSES = [[0, 0, 1, 1]];

export function chunk(type, data = []) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), Buffer.from(data)]);
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32BE(body.length - 4);
  numbers.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([numbers.subarray(0, 4), body, numbers.subarray(4)]);
}

const words = (...values) => {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, at) => bytes.writeUInt32BE(value, 4 * at));
  return bytes;
};

function paeth(a, b, c) {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  if (pa <= pb && pa <= pc) return a;
  return pb <= pc ? b : c;
}

const FILTERS = [() => 0, (a) => a, (_, b) => b, (a, b) => (a + b) >> 1, paeth];

/** One pass's rows, each filtered: `filter` 0 to 4, or 5 for all in turn. */
function filtered(rows, step, filter) {
  return Buffer.concat(rows.map((row, y) => {
    const kind = filter === 5 ? y % 5 : filter;
    const above = rows[y - 1] ?? Buffer.alloc(row.length);
    return Buffer.from([kind, ...row.map((byte, x) => byte - FILTERS[kind](row[x - step] ?? 0, above[x], above[x - step] ?? 0))]);
  }));
}

function packRow(samples, depth) {
  if (depth === 16) return Buffer.from(samples.flatMap((sample) => [sample >> 8, sample & 255]));
  const row = Buffer.alloc(Math.ceil((samples.length * depth) / 8));
  samples.forEach((sample, at) => { row[(at * depth) >> 3] |= sample << (8 - depth - ((at * depth) & 7)); });
  return row;
}

/** A picture of noise. `sample(x, y, channel)` is what the file holds, `rgb` what a reader should see. */
function noise({ type, depth, width, height, seed }) {
  const most = 2 ** depth - 1;
  const sample = (x, y, channel) => (mix32(seed, (y * width + x) * 4 + channel) >>> 0) & most;
  const palette = Buffer.from(Array.from({ length: 3 << depth }, (_, at) => mix32(seed + 1, at) & 255));
  const eight = (value) => (depth === 16 ? value >> 8 : Math.round((value * 255) / most));
  const color = (x, y) => {
    if (type === PALETTE) return [...palette.subarray(3 * sample(x, y, 0), 3 * sample(x, y, 0) + 3)];
    return (type & 2 ? [0, 1, 2] : [0, 0, 0]).map((channel) => eight(sample(x, y, channel)));
  };
  const rgb = Buffer.from(Array.from({ length: width * height }, (_, at) => color(at % width, Math.floor(at / width))).flat());
  return { sample, palette, rgb };
}

/**
 * @param {{type: number, depth: number, interlaced?: boolean, width: number, height: number, filter?: number,
 *   before?: Buffer[], cut?: number, level?: number, data?: (bytes: Buffer) => Buffer}} kind
 *   before: chunks ahead of the data; cut: bytes in each IDAT; data: changes the filtered rows
 */
function png({ type, depth, interlaced = false, width, height, filter = 5, before = [], cut = Infinity, level = 6, data = (bytes) => bytes }) {
  const { sample, palette, rgb } = noise({ type, depth, width, height, seed: type * 16 + depth });
  const channels = CHANNELS[type];
  const step = Math.max(1, (channels * depth) >> 3);
  const passes = (interlaced ? PASSES : NO_PASSES).map(([left, top, stepX, stepY]) => {
    const rows = [];
    for (let y = top; y < height && left < width; y += stepY) {
      const samples = [];
      for (let x = left; x < width; x += stepX) for (let channel = 0; channel < channels; channel += 1) samples.push(sample(x, y, channel));
      rows.push(packRow(samples, depth));
    }
    return filtered(rows, step, filter);
  });
  const deflated = deflateSync(data(Buffer.concat(passes)), { level });
  const parts = [];
  for (let at = 0; at < deflated.length; at += cut) parts.push(chunk('IDAT', deflated.subarray(at, at + cut)));
  const header = chunk('IHDR', [...words(width, height), depth, type, 0, 0, Number(interlaced)]);
  const bytes = Buffer.concat([SIGNATURE, header, ...(type === PALETTE ? [chunk('PLTE', palette)] : []), ...before, ...parts, chunk('IEND')]);
  return { bytes, width, height, rgb };
}

/** By name: {bytes, width, height, rgb}. All of them are to be read. */
export function goodPngs() {
  const files = {};
  for (const [type, depths] of Object.entries(DEPTHS)) {
    for (const depth of depths) {
      for (const interlaced of [false, true]) {
        const kind = { type: Number(type), depth, interlaced, width: 33, height: 31 };
        const name = `color${type}-${depth}bit${interlaced ? '-interlaced' : ''}`;
        files[name] = png(kind);
        for (let filter = 0; filter < 5 && !interlaced; filter += 1) files[`${name}-filter${filter}`] = png({ ...kind, filter });
      }
    }
  }
  for (let side = 1; side <= 9; side += 1) {
    for (const interlaced of [false, true]) files[`side${side}${interlaced ? '-interlaced' : ''}`] = png({ type: 3, depth: 4, interlaced, width: side, height: side });
  }
  const plain = { type: 2, depth: 8, width: 32, height: 35 };
  return {
    ...files,
    'narrow-interlaced': png({ ...plain, interlaced: true, width: 1, height: 40 }),
    'flat-interlaced': png({ ...plain, interlaced: true, width: 40, height: 1 }),
    'data-in-single-bytes': png({ ...plain, width: 9, height: 9, cut: 1 }),
    'data-in-parts': png({ ...plain, cut: 64 }),
    stored: png({ ...plain, level: 0 }),
    'packed-hardest': png({ ...plain, level: 9 }),
    'chunks-that-do-not-matter': png({ ...plain, before: [
      chunk('gAMA', words(35000)), chunk('cHRM', words(31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)), chunk('sRGB', [0]),
      chunk('bKGD', [0, 9, 0, 9, 0, 9]), chunk('pHYs', [...words(1, 4), 0]), chunk('sBIT', [5, 5, 5]), chunk('tIME', [7, 208, 1, 1, 12, 34, 56]),
      chunk('tEXt', Buffer.from('Title\0<script>alert(1)</script>')), chunk('zTXt', [65, 0, 0, ...deflateSync('text')]), chunk('hIST', [0, 1]),
    ] }),
  };
}

/** By name, the bytes of files that are broken in one place. All of them are to be refused. */
export function brokenPngs() {
  const plain = { type: 2, depth: 8, width: 32, height: 35 };
  const good = png(plain).bytes;
  const changed = (at, ...values) => {
    const copy = Buffer.from(good);
    copy.set(values, at);
    return copy;
  };
  const header = (...values) => Buffer.concat([SIGNATURE, chunk('IHDR', values), good.subarray(33)]);
  return {
    'signature-in-text-mode': Buffer.concat([good.subarray(0, 4), good.subarray(5)]),
    'signature-in-seven-bits': changed(0, 0x09),
    'colour-type-1': header(...words(32, 35), 8, 1, 0, 0, 0),
    'colour-type-9': header(...words(32, 35), 8, 9, 0, 0, 0),
    'depth-0': header(...words(32, 35), 0, 2, 0, 0, 0),
    'depth-99': header(...words(32, 35), 99, 2, 0, 0, 0),
    'width-0': header(...words(0, 35), 8, 2, 0, 0, 0),
    'sum-of-the-header': changed(29, good[29] ^ 1),
    'sum-of-the-data': changed(good.length - 13, good[good.length - 13] ^ 1),
    'without-data': Buffer.concat([good.subarray(0, 33), chunk('IEND')]),
    'without-palette': Buffer.concat([good.subarray(0, 8), chunk('IHDR', [...words(32, 35), 8, 3, 0, 0, 0]), good.subarray(33)]),
    'filter-that-does-not-exist': png({ ...plain, data: (bytes) => { bytes[0] = 5; return bytes; } }).bytes,
    'rows-too-few': png({ ...plain, data: (bytes) => bytes.subarray(0, -97) }).bytes,
  };
}
