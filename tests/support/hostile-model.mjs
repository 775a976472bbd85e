/**
 * Model folders as somebody with bad intentions would publish them: members of the manifest changed, numbers in the weights
 * that are none, tensors that lie about their shape, and every hash right, so that nothing but the checks behind it says no.
 */
import { describeShard } from './shards.mjs';

const WICKED = [
  null, true, -1, 0, 0.5, 1, 2, 255, 256, 65536, 2 ** 31, 2 ** 32, 2 ** 53, 1e30, 1e-300, 1e308, -1e308, '', 'f32', 'f16', 'q4', 'score', 'classes', 'embedding',
  'constructor', '__proto__', '../../etc/passwd', 'https://example.org/x.js', '<img src=x onerror=alert(1)>', '\u0000', '\ud800', [], {}, [[]], [0, 0], [1, 0],
];

/** What a weight must not be, and what it may be though it leads nowhere. */
const FLOATS = [NaN, Infinity, -Infinity, 3.4e38, -3.4e38, 1e20, 1e-45, -0, 0, 65504];

const BYTES_OF = { F32: 4, F16: 2, U8: 1, I8: 1, I32: 4 };

/**
 * @param {{manifest: object, shards: Map<string, Buffer>}} original a good model: shards by file name
 * @param {import('./random.mjs').Random} random
 * @returns {{manifest: object, shards: Map<string, Buffer>, changes: string[]}} `shards` holds those that are new
 */
export function hostileModel(original, random) {
  const manifest = structuredClone(original.manifest);
  const shards = new Map();
  const changes = [];
  for (let times = 1 + random.below(3); times > 0; times -= 1) {
    if (random.onceIn(2)) changes.push(changeManifest(manifest, random));
    else changes.push(changeShard(manifest, { ...original, fresh: shards }, random));
  }
  return { manifest, shards, changes };
}

/** Every place in a JSON value below its root but for hashes, which would be the end of it: [holder, key, path]. */
function placesOf(value, path = '') {
  if (value === null || typeof value !== 'object') return [];
  return Object.keys(value).flatMap((key) => (['sha256', 'pieces'].includes(key) ? [] : [[value, key, `${path}.${key}`], ...placesOf(value[key], `${path}.${key}`)]));
}

function changeManifest(manifest, random) {
  const { report, about, ...used } = manifest; // which are for people, and most of the text
  const places = placesOf(random.onceIn(8) ? { report, about, ...used } : used);
  const [found, key, path] = random.of(places);
  const holder = Object.hasOwn(manifest, key) && path === `.${key}` ? manifest : found; // the copy's own members are not the manifest's
  const before = holder[key];
  const kind = random.of(['replace', 'replace', 'move', 'remove', 'double', 'nudge']);
  if (kind === 'remove') {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
  } else if (kind === 'double' && Array.isArray(before) && before.length > 0) {
    before.push(structuredClone(random.of(before)));
  } else if (kind === 'nudge' && typeof before === 'number') {
    holder[key] = random.of([before + 1, before - 1, before * 2, before / 2, -before, before * 1000]);
  } else if (kind === 'move') {
    const [other, name] = random.of(places);
    holder[key] = structuredClone(other[name]);
  } else {
    holder[key] = random.of(WICKED);
  }
  return `${kind} ${path}`;
}

function changeShard(manifest, { shards, fresh }, random) {
  const lists = [manifest.base?.shards, ...(Array.isArray(manifest.tasks) ? manifest.tasks.map((task) => task?.shards) : [])].filter((list) => Array.isArray(list) && list.length > 0);
  if (lists.length === 0) return 'no shards are left';
  const list = random.of(lists);
  const at = random.below(list.length);
  const name = list[at]?.file;
  const bytes = fresh.get(name) ?? shards.get(name);
  if (!bytes) return 'a shard is lost';
  const { changed, what } = damage(bytes, random);
  const described = describeShard(changed);
  described.file = name.replace(/[0-9a-f]{16}(?=\.safetensors$)/, described.sha256.slice(0, 16));
  list[at] = described;
  fresh.set(described.file, changed);
  return `${what} in ${name}`;
}

/** One change of a safetensors file that is told in words. */
function damage(bytes, random) {
  const headerBytes = Number(bytes.readBigUInt64LE(0));
  const header = parsed(bytes.toString('utf8', 8, 8 + headerBytes));
  const names = Object.keys(header).filter((name) => Array.isArray(header[name]?.data_offsets));
  const kind = random.of(['numbers', 'numbers', 'numbers', 'numbers', 'shape', 'dtype', 'name', 'offsets', 'swap', 'drop', 'cut', 'longer', 'noise']);
  if (kind === 'cut') return { changed: bytes.subarray(0, 9 + random.below(bytes.length - 9)), what: 'cut' };
  if (kind === 'longer') return { changed: Buffer.concat([bytes, Buffer.alloc(1 + random.below(5000))]), what: 'longer' };
  if (kind === 'noise' || names.length === 0) {
    const changed = Buffer.from(bytes);
    for (let times = 1 + random.below(200); times > 0; times -= 1) changed[random.below(random.onceIn(2) ? Math.min(changed.length, 8 + headerBytes) : changed.length)] = random.below(256);
    return { changed, what: 'noise' };
  }
  const name = random.of(names);
  const other = random.of(names);
  const tensor = header[name];
  if (kind === 'numbers') return { changed: withNumbers(bytes, 8 + headerBytes, tensor, random), what: `numbers of ${name}` };
  if (kind === 'shape') tensor.shape = random.of([tensor.shape.toReversed(), [...tensor.shape, 1], [], [0], tensor.shape.map((size) => size * 2), [2 ** 32, 2 ** 32], [1, ...tensor.shape]]);
  if (kind === 'dtype') tensor.dtype = random.of(['F32', 'F16', 'U8', 'I8', 'I32', 'BF16', 'F64', 'constructor']);
  if (kind === 'name') renamed(header, name, random.of([other, `${name}.`, '', '__proto__', name.replace(/\d+/, '99'), name.replace('weight', 'bias')]));
  if (kind === 'offsets') tensor.data_offsets = random.of([[0, 0], [...header[other].data_offsets], tensor.data_offsets.toReversed(), [-4, 4], [0, 2 ** 53]]);
  if (kind === 'swap') [header[name], header[other]] = [header[other], header[name]];
  if (kind === 'drop') delete header[name];
  return { changed: withHeader(header, bytes.subarray(8 + headerBytes)), what: `${kind} of ${name}` };
}

/** An earlier change may have left no JSON. @param {string} text */
function parsed(text) {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

function renamed(header, from, to) {
  const tensor = header[from];
  delete header[from];
  Object.defineProperty(header, to, { value: tensor, enumerable: true, configurable: true, writable: true });
}

function withHeader(header, data) {
  const text = JSON.stringify(header);
  const json = Buffer.from(text.padEnd(Math.ceil(Buffer.byteLength(text) / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

/** Some numbers of a tensor, or all of them, are what no training gives. */
function withNumbers(bytes, dataStart, { dtype, data_offsets: [begin, end] }, random) {
  const changed = Buffer.from(bytes);
  const size = BYTES_OF[dtype] ?? 1;
  const count = Math.floor((end - begin) / size);
  const all = random.onceIn(4);
  const value = random.of(FLOATS);
  for (let times = all ? count : Math.min(count, 1 + random.below(3)); times > 0; times -= 1) {
    const at = dataStart + begin + size * (all ? times - 1 : random.below(count));
    if (at < 0 || at + size > changed.length) continue; // an earlier change moved the ends
    if (dtype === 'F32') changed.writeFloatLE(value, at);
    else if (dtype === 'F16') changed.writeUInt16LE(random.of([0x7c00, 0xfc00, 0x7e00, 0x7bff, 0xfbff, 1]), at);
    else changed[at] = random.of([0, 127, 128, 255]);
  }
  return changed;
}
