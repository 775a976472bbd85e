/** A JPEG as a camera writes it: with its name, the exposure and the place. Made of numbers, after Exif's public description. */

/** @typedef {[tag: number, type: number, values: string | number[]]} Entry types 2: text, 3: 16 bits, 4: 32 bits, 5: fractions, numerator and denominator */

const SIZES = { 2: 1, 3: 2, 4: 4, 5: 8 };

function bodyOf(type, values) {
  if (type === 2) return Buffer.from(`${values}\0`, 'latin1');
  const size = type === 3 ? 2 : 4;
  const bytes = Buffer.alloc(values.length * size);
  values.forEach((value, at) => bytes.writeUIntLE(value, at * size, size));
  return bytes;
}

const number = (value, size) => bodyOf(size === 2 ? 3 : 4, [value]);

/** A directory that lies at `start` in its TIFF, with what does not fit its rows behind it. @param {Entry[]} entries */
function directory(start, entries) {
  const rows = [];
  const behind = [];
  let end = start + 2 + 12 * entries.length + 4;
  for (const [tag, type, values] of entries) {
    const body = bodyOf(type, values);
    const isSmall = body.length <= 4;
    rows.push(number(tag, 2), number(type, 2), number(body.length / SIZES[type], 4), isSmall ? Buffer.concat([body, Buffer.alloc(4 - body.length)]) : number(end, 4));
    if (!isSmall) behind.push(body);
    if (!isSmall) end += body.length;
  }
  return Buffer.concat([number(entries.length, 2), ...rows, number(0, 4), ...behind]);
}

const EXPOSURE = [[0x829a, 5, [1, 250]], [0x829d, 5, [56, 10]], [0x8827, 3, [400]], [0x9003, 2, '2026:11:29 15:04:05'], [0x920a, 5, [35, 1]], [0xa434, 2, '24-70mm f/2.8']];
const PLACE = [[1, 2, 'N'], [2, 5, [43, 1, 46, 1, 1056, 100]], [3, 2, 'E'], [4, 5, [11, 1, 15, 1, 2088, 100]]];

/** 1/250 s at 5.6 and ISO 400, at 43.7696 north and 11.2558 east. @param {Buffer} jpeg without Exif */
export function photographed(jpeg) {
  const main = (exposure, place) => directory(8, [[0x110, 2, 'NIKON D850'], [0x8769, 4, [exposure]], [0x8825, 4, [place]]]);
  const exposureAt = 8 + main(0, 0).length;
  const exposure = directory(exposureAt, EXPOSURE);
  const placeAt = exposureAt + exposure.length;
  const tiff = Buffer.concat([Buffer.from('II'), number(42, 2), number(8, 4), main(exposureAt, placeAt), exposure, directory(placeAt, PLACE)]);
  const exif = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(exif.length + 2);
  return Buffer.concat([jpeg.subarray(0, 2), Buffer.from([0xff, 0xe1]), length, exif, jpeg.subarray(2)]);
}
