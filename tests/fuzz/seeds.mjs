#!/usr/bin/env node
/**
 * Writes where the fuzzers start from, the same bytes every time: pictures of kinds that tests/golden/pictures lacks
 * (most of them are refused, which is the point), made out of those that are there; and beginnings of calls.
 *
 *   node tests/fuzz/seeds.mjs FOLDER     FOLDER/picture and FOLDER/engine
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { mix32 } from '../golden/generator.mjs';
import { brokenPngs, chunk, goodPngs } from '../golden/png-suite.mjs';

const golden = (name) => readFileSync(new URL(`../golden/pictures/${name}`, import.meta.url));

/** Where a JPEG's marker begins, or its first start of frame for `null`. */
function findMarker(jpeg, wanted) {
  for (let at = 2; at + 4 < jpeg.length; at += 2 + jpeg.readUInt16BE(at + 2)) {
    const marker = jpeg[at + 1];
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (wanted === null ? isFrame : marker === wanted) return at;
  }
  throw new Error('no such marker');
}

function changed(bytes, change) {
  const copy = Buffer.from(bytes);
  change(copy);
  return copy;
}

function inserted(bytes, at, ...parts) {
  return Buffer.concat([bytes.subarray(0, at), ...parts.map((part) => Buffer.from(part)), bytes.subarray(at)]);
}

const frameKind = (jpeg, kind) => changed(jpeg, (copy) => { copy[findMarker(copy, null) + 1] = kind; });

function jpegs() {
  const plain = golden('jpeg-420.jpg');
  const exif = golden('exif-6.jpg');
  const scan = findMarker(plain, 0xda);
  const frame = findMarker(plain, null);
  const conditioning = [0xff, 0xcc, 0, 4, 0, 0x10];
  return {
    'jpeg-arithmetic.jpg': inserted(frameKind(plain, 0xc9), scan, conditioning),
    'jpeg-arithmetic-progressive.jpg': inserted(frameKind(golden('jpeg-progressive.jpg'), 0xca), findMarker(golden('jpeg-progressive.jpg'), 0xda), conditioning),
    'jpeg-12-bit.jpg': changed(frameKind(plain, 0xc1), (copy) => { copy[frame + 4] = 12; }),
    'jpeg-lossless.jpg': frameKind(plain, 0xc3),
    'jpeg-hierarchical.jpg': inserted(frameKind(plain, 0xc5), frame, [0xff, 0xde, 0, 17], plain.subarray(frame + 4, frame + 19)),
    'jpeg-height-at-end.jpg': changed(inserted(plain, plain.length - 2, [0xff, 0xdc, 0, 4, 0, 43]), (copy) => { copy.writeUInt16BE(0, frame + 5); }),
    'jpeg-restart-each.jpg': inserted(plain, scan, [0xff, 0xdd, 0, 4, 0, 1]),
    'jpeg-restart-zero.jpg': inserted(plain, scan, [0xff, 0xdd, 0, 4, 0, 0]),
    'jpeg-two-frames.jpg': inserted(plain, frame, plain.subarray(frame, frame + 2 + plain.readUInt16BE(frame + 2))),
    'jpeg-two-pictures.jpg': Buffer.concat([plain, plain]),
    'jpeg-fill-bytes.jpg': inserted(plain, scan, new Array(20).fill(0xff)),
    'jpeg-empty-segments.jpg': inserted(plain, scan, ...[0xe1, 0xe2, 0xed, 0xfe].map((marker) => [0xff, marker, 0, 2])),
    'jpeg-exif-cut.jpg': changed(exif, (copy) => { copy.writeUInt16BE(20, findMarker(copy, 0xe1) + 2); }),
    'jpeg-exif-loop.jpg': changed(exif, (copy) => { copy.fill(8, findMarker(copy, 0xe1) + 14, findMarker(copy, 0xe1) + 18); }),
    'jpeg-16-bit-tables.jpg': changed(plain, (copy) => { copy[findMarker(copy, 0xdb) + 4] |= 0x10; }),
    'jpeg-sampling-4x4.jpg': changed(plain, (copy) => { copy[frame + 11] = 0x44; }),
  };
}

const AFTER_HEADER = 33;

function pngs() {
  const plain = golden('png-color2-8bit.png');
  const palette = golden('png-palette-8bit.png');
  const size = plain.subarray(16, 24);
  const control = Buffer.concat([Buffer.alloc(4), size, Buffer.alloc(8), Buffer.from([0, 1, 0, 10, 0, 0])]);
  const header = (kind) => changed(plain, (copy) => {
    kind(copy.subarray(16, 29));
    copy.writeUInt32BE(crc32(copy.subarray(12, 29)), 29);
  });
  return {
    'png-animated.png': inserted(plain, AFTER_HEADER, chunk('acTL', [0, 0, 0, 2, 0, 0, 0, 0]), chunk('fcTL', control)),
    'png-frames-only.png': inserted(plain, plain.length - 12, chunk('fcTL', control), chunk('fdAT', [0, 0, 0, 1, 0x78, 0x9c, 3, 0, 0, 0, 0, 1])),
    'png-text-and-time.png': inserted(plain, AFTER_HEADER, chunk('tEXt', Buffer.from('Comment\0<b>')), chunk('tIME', [7, 230, 1, 1, 0, 0, 0]), chunk('gAMA', [0, 0, 1, 0])),
    'png-unknown-critical.png': inserted(plain, AFTER_HEADER, chunk('QUIT', [1, 2, 3])),
    'png-empty-data.png': inserted(plain, AFTER_HEADER, chunk('IDAT', [])),
    'png-two-palettes.png': inserted(palette, AFTER_HEADER, chunk('PLTE', [1, 2, 3])),
    'png-transparency-too-long.png': inserted(palette, palette.indexOf('IDAT') - 4, chunk('tRNS', new Array(256).fill(128))),
    'png-apple.png': inserted(plain, 8, chunk('CgBI', [0x50, 0, 0x20, 2])),
    'png-exif.png': inserted(plain, AFTER_HEADER, chunk('eXIf', [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0])),
    'png-depth-3.png': header((ihdr) => { ihdr[8] = 3; }),
    'png-filter-1.png': header((ihdr) => { ihdr[11] = 1; }),
    'png-one-row.png': header((ihdr) => { ihdr.writeUInt32BE(1, 4); }),
  };
}

function gifs() {
  const still = golden('gif-still.gif');
  const small = golden('gif-interlaced.gif');
  const image = (bytes) => bytes.indexOf(0x2c, 13 + (bytes[10] & 0x80 ? 3 << ((bytes[10] & 7) + 1) : 0));
  return {
    'gif-87.gif': changed(small, (copy) => copy.write('GIF87a', 'latin1')),
    'gif-comment.gif': inserted(small, image(small), [0x21, 0xfe, 3, 1, 2, 3, 0]),
    'gif-loops.gif': inserted(small, image(small), [0x21, 0xff, 11], Buffer.from('NETSCAPE2.0'), [3, 1, 0, 0, 0]),
    'gif-no-picture.gif': Buffer.concat([small.subarray(0, image(small)), Buffer.from([0x3b])]),
    'gif-outside.gif': changed(small, (copy) => copy.writeUInt16LE(60000, image(copy) + 1)),
    'gif-empty-frame.gif': changed(small, (copy) => copy.writeUInt16LE(0, image(copy) + 5)),
    'gif-code-size-12.gif': changed(still, (copy) => { copy[image(copy) + 10 + (copy[image(copy) + 9] & 0x80 ? 3 << ((copy[image(copy) + 9] & 7) + 1) : 0)] = 12; }),
  };
}

function bmps() {
  const eight = golden('bmp-8bit.bmp');
  const four = golden('bmp-4bit.bmp');
  const plain = golden('bmp-24bit.bmp');
  const rows = [[4, 9, 0, 0], [0, 3, 1, 2, 3, 0, 0, 0], [0, 2, 1, 0, 2, 7], [0, 1]].flat();
  const coded = (bytes, kind) => changed(Buffer.concat([bytes.subarray(0, bytes.readUInt32LE(10)), Buffer.from(rows)]), (copy) => copy.writeUInt32LE(kind, 30));
  return {
    'bmp-rle8.bmp': coded(eight, 1),
    'bmp-rle4.bmp': coded(four, 2),
    'bmp-jpeg-inside.bmp': changed(plain, (copy) => copy.writeUInt32LE(4, 30)),
    'bmp-top-down-min.bmp': changed(plain, (copy) => copy.writeInt32LE(-(2 ** 31), 22)),
    'bmp-data-in-header.bmp': changed(plain, (copy) => copy.writeUInt32LE(0, 10)),
    'bmp-many-colours.bmp': changed(eight, (copy) => copy.writeUInt32LE(0xffffffff, 46)),
    'bmp-header-20.bmp': changed(plain, (copy) => copy.writeUInt32LE(20, 14)),
    'bmp-masks-overlap.bmp': changed(golden('bmp-16bit-565.bmp'), (copy) => copy.fill(0xff, 54, 66)),
    'bmp-two-planes.bmp': changed(plain, (copy) => copy.writeUInt16LE(2, 26)),
  };
}

/** tests/golden/png-suite.mjs, small enough for the fuzzers. */
function pngSuite() {
  const good = Object.entries(goodPngs()).map(([name, { bytes }]) => [name, bytes]);
  const all = [...good, ...Object.entries(brokenPngs())].filter(([, bytes]) => bytes.length <= 4096);
  return Object.fromEntries(all.map(([name, bytes]) => [`png-suite-${name}.png`, bytes]));
}

const pictureSeeds = () => ({ ...jpegs(), ...pngs(), ...pngSuite(), ...gifs(), ...bmps() });

/** Half of them begin with a whole tower (see tower_calls.c), a few with the picture module. */
function engineSeeds() {
  return Object.fromEntries(Array.from({ length: 64 }, (_, seed) => {
    const bytes = Buffer.from(Array.from({ length: 700 }, (__, at) => mix32(seed, at) & 0xff));
    bytes.set([seed % 8, 1, 1]);
    return [`calls-${seed}`, bytes];
  }));
}

function main(folder) {
  for (const [kind, files] of [['picture', pictureSeeds()], ['engine', engineSeeds()]]) {
    mkdirSync(join(folder, kind), { recursive: true });
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, kind, name), bytes);
  }
}

if (import.meta.filename === process.argv[1]) main(process.argv[2]);
