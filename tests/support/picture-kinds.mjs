/**
 * Kinds of picture files that people have and that decoders get wrong, one file of each, made of the goldens; and the right answer:
 * Pillow's pixels (golden/pillow.json, golden/damaged.json), with or without the word "damaged", or a code. The table in
 * tests/README.md lists them, for people; js/picture-kinds.test.mjs compares it with this one.
 */
import { readFileSync } from 'node:fs';

const golden = (path) => readFileSync(new URL(`../golden/${path}`, import.meta.url));
const pillow = Object.fromEntries(JSON.parse(golden('pillow.json')).files.map((each) => [each.file, each]));
const damaged = JSON.parse(golden('damaged.json'));
const wholePixels = Object.fromEntries(damaged.whole.map(({ file, pixels }) => [file, pixels]));

/** What a golden of damaged.json tells: stretches of a whole file, numbers of zeros, bytes in hexadecimal. */
function builtFrom(file, pieces) {
  const whole = golden(`damaged/${file}`);
  return Buffer.concat(pieces.map((piece) => {
    if (typeof piece === 'number') return Buffer.alloc(piece);
    return typeof piece === 'string' ? Buffer.from(piece, 'hex') : whole.subarray(...piece);
  }));
}

/** Behind the segment of a JPEG that begins at `at`. */
const segmentEnd = (jpeg, at) => at + 2 + jpeg.readUInt16BE(at + 2);

function segmentAt(jpeg, ...markers) {
  let at = 2;
  while (!markers.includes(jpeg[at + 1])) at = segmentEnd(jpeg, at);
  return at;
}

function withoutSegments(jpeg, marker) {
  const at = segmentAt(jpeg, marker);
  const rest = Buffer.concat([jpeg.subarray(0, at), jpeg.subarray(segmentEnd(jpeg, at))]);
  const next = 2 + rest.subarray(2).indexOf(Buffer.from([0xff, marker]));
  return next > 1 && next < segmentAt(rest, 0xda) ? withoutSegments(rest, marker) : rest;
}

const plain = golden('damaged/plain.jpg');

/** The frame says a height of 0, and DNL behind the scan tells it. */
function heightAtEnd() {
  const copy = Buffer.from(plain);
  const frame = segmentAt(copy, 0xc0);
  const height = copy.readUInt16BE(frame + 5);
  copy.writeUInt16BE(0, frame + 5);
  return Buffer.concat([copy.subarray(0, -2), Buffer.from([0xff, 0xdc, 0, 4, height >> 8, height & 255, 0xff, 0xd9])]);
}

function lossless() {
  const copy = Buffer.from(plain);
  copy[segmentAt(copy, 0xc0) + 1] = 0xc3;
  return copy;
}

/** Its frame is 0 pixels wide. */
function gifOfNothing() {
  const copy = Buffer.from(golden('pictures/gif-still.gif'));
  copy.writeUInt16LE(0, copy.indexOf(Buffer.from([0x2c, 0, 0, 0, 0])) + 5);
  return copy;
}

const pngWithoutEnd = (png) => png.subarray(0, png.length - 12);

// ---- the right answers ----

/** A file whose pixels Pillow gave to pillow.json. */
const whole = (file, bytes = golden(`pictures/${file}`), name = file) => ({ bytes, name, answer: { sha256: pillow[file].sha256, damaged: false } });
const scanned = (file) => ({ bytes: golden(`damaged/${file}`), name: file, answer: { crc32: wholePixels[file], damaged: false } });

/** Its colours are those of the whole file; Pillow refuses it. */
function webpWithBrokenAlpha() {
  const file = 'webp-lossy-transparent.webp';
  const copy = Buffer.from(golden(`pictures/${file}`));
  copy[copy.indexOf('ALPH') + 8] = 0xff;
  return { bytes: copy, name: file, answer: { sha256: pillow[file].sha256, damaged: true, ofWhole: true } };
}

/** The odd file of that name in damaged.json, whose pixels are the whole one's. */
function odd(what) {
  const { file, pieces, pixels } = damaged.odd.find((each) => each.what === what);
  return { bytes: builtFrom(file, pieces), name: file, answer: { crc32: pixels, damaged: false } };
}

/** The first such mishap of that file in damaged.json that changed its pixels. `seen`: libjpeg notices it. */
function mishap(what, file, seen = true) {
  const { pieces, pixels } = damaged.damaged.find((each) => each.what === what && each.file === file && each.pixels && String(each.pixels) !== String(wholePixels[file]));
  return { bytes: builtFrom(file, pieces), name: file, answer: { crc32: pixels, damaged: seen } };
}

const refused = (code, bytes, name = 'x.jpg') => ({ bytes, name, answer: { code } });
/** Not read in Node; in browsers a code, or the score of `coded`, a file of the same pixels in another format. */
const browsersOwn = (bytes, name, { code, coded }) => ({ bytes, name, answer: { code: 'unsupported-here' }, inBrowser: { code, coded } });

/** @type {Record<string, {bytes: Buffer, name: string, answer: {sha256?: string, crc32?: number[], damaged?: boolean, ofWhole?: boolean, code?: string}, inBrowser?: {code?: string, coded?: Buffer}}>} */
export const KINDS = {
  'JPEG, intact': scanned('plain.jpg'),
  'JPEG, progressive, intact': scanned('progressive.jpg'),
  'JPEG, arithmetic-coded': scanned('arithmetic.jpg'),
  'JPEG in CMYK': scanned('cmyk.jpg'),
  'JPEG in CMYK whose components share an id': odd('component ids 1 1 1 1'),
  'JPEG cut, with an end marker': mishap('cut_and_ended', 'plain.jpg'),
  'JPEG, progressive, cut, with an end marker': mishap('cut_and_ended', 'progressive.jpg'),
  'JPEG with a sector of zeros': mishap('sector_zeroed', 'plain.jpg'),
  'JPEG with a stretch lost, which no decoder sees': mishap('stretch_lost', 'plain.jpg', false),
  'JPEG with two stretches swapped': mishap('stretches_swapped', 'plain.jpg'),
  'JPEG cut, without an end marker': refused('corrupt-picture', plain.subarray(0, 3000)),
  'JPEG that lacks its end marker alone': odd('no end marker'),
  'JPEG with zeros for an end marker': odd('zeros for an end marker'),
  'JPEG without Huffman tables (MJPEG)': odd('no Huffman tables'),
  'JPEG without quantisation tables': refused('corrupt-picture', withoutSegments(plain, 0xdb)),
  'JPEG that repeats its height at its end': odd('a height at the end as well'),
  'JPEG with its height at its end alone': refused('unsupported-format', heightAtEnd()),
  'JPEG with FF 00 between segments': odd('FF 00 between segments'),
  'JPEG with stray bytes between segments': odd('stray bytes behind the frame header'),
  'JPEG, lossless': refused('unsupported-format', lossless()),
  'JPEG turned by EXIF': whole('exif-6.jpg'),
  'PNG, transparent': whole('png-as-webp-lossless-transparent.png'),
  'PNG without IEND': whole('png-color2-8bit.png', pngWithoutEnd(golden('pictures/png-color2-8bit.png'))),
  'PNG cut in its last check sum': whole('png-color2-8bit.png', golden('pictures/png-color2-8bit.png').subarray(0, -14)),
  'PNG cut': refused('corrupt-picture', golden('pictures/png-color2-8bit.png').subarray(0, 400), 'x.png'),
  'PNG turned by EXIF behind its pixels': whole('exif-after.png'),
  'PNG cut in EXIF behind its pixels': refused('corrupt-picture', golden('pictures/exif-after.png').subarray(0, -20), 'x.png'),
  'PNG with a palette': whole('png-palette-8bit.png'),
  'GIF with a palette': whole('gif-still.gif'),
  'GIF that lacks its end alone': whole('gif-still.gif', golden('pictures/gif-still.gif').subarray(0, -2)),
  'GIF whose frame has no pixels': refused('corrupt-picture', gifOfNothing(), 'x.gif'),
  'GIF cut': refused('corrupt-picture', golden('pictures/gif-still.gif').subarray(0, -200), 'x.gif'),
  'WebP, transparent, the same pixels as the PNG': whole('webp-lossless-transparent.webp'),
  'WebP, lossy, transparent': whole('webp-lossy-transparent.webp'),
  'WebP whose alpha alone is broken': webpWithBrokenAlpha(),
  'WebP turned by EXIF': whole('webp-turned.webp'),
  'WebP, animated': whole('webp-animated.webp'),
  'WebP cut': refused('corrupt-picture', golden('pictures/webp-lossy.webp').subarray(0, 200), 'x.webp'),
  'BMP, run-length coded': whole('bmp-8bit-runs.bmp'),
  'AVIF': browsersOwn(golden('avif/opaque.avif'), 'x.avif', { coded: golden('pictures/webp-lossless.webp') }),
  'AVIF, transparent': browsersOwn(golden('avif/transparent.avif'), 'x.avif', { coded: golden('pictures/webp-lossless-transparent.webp') }),
  'AVIF cut': browsersOwn(golden('avif/opaque.avif').subarray(0, 400), 'x.avif', { code: 'corrupt-picture' }),
  'HEIC': browsersOwn(golden('avif/opaque.heic'), 'x.heic', { code: 'unsupported-here' }),
};
