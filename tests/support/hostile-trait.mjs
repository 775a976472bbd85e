/**
 * Trait files as somebody with bad intentions would write them. A change is told of the file's parts: `percept` (the description),
 * `tensors` (name, dtype, shape, bytes, in their order) and `metadata`; whatever a hash can cover is hashed again, so that nothing
 * but the checks behind it says no.
 */
import { createHash } from 'node:crypto';

export function partsOf(file) {
  const bytes = Buffer.from(file);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const { __metadata__: { percept, ...metadata }, ...entries } = JSON.parse(bytes.toString('utf8', 8, start));
  const tensors = Object.entries(entries).map(([name, { dtype, shape, data_offsets: [begin, end] }]) => ({ name, dtype, shape, data: Buffer.from(bytes.subarray(start + begin, start + end)) }));
  return { metadata, percept: JSON.parse(percept), tensors };
}

/** The file of these parts. `raw`: a text in place of the description's JSON. */
export function fileOf({ metadata, percept, tensors, raw }, { hashes = true } = {}) {
  const data = Buffer.concat(tensors.map((tensor) => tensor.data));
  if (hashes && percept && typeof percept === 'object') percept.data = createHash('sha256').update(data).digest('hex');
  let at = 0;
  const entries = tensors.map(({ name, dtype, shape, data: own, offsets }) => {
    const entry = [name, { dtype, shape, data_offsets: offsets ?? [at, at + own.length] }];
    at += own.length;
    return entry;
  });
  const text = JSON.stringify({ __metadata__: { ...metadata, percept: raw ?? JSON.stringify(percept) }, ...Object.fromEntries(entries) });
  const header = Buffer.from(text.padEnd(text.length + (8 - (Buffer.byteLength(text) % 8)) % 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return new Uint8Array(Buffer.concat([length, header, data]));
}

const floats = (count, value) => Buffer.from(new Float32Array(count).fill(value).buffer);
/** As large as floats are, of signs without an order: embeddings whose numbers add up to nothing do not cancel them. */
const hugeFloats = (count) => Buffer.from(Float32Array.from({ length: count }, (_, at) => (Math.sin(at * at) < 0 ? -3e38 : 3e38)).buffer);
const withFloat = (index, value) => ({ tensors }) => { tensors[0].data.writeFloatLE(value, 4 * index); };
const lora = (name, first, second, value = 0) => ({ name, dtype: 'F32', shape: [first, second, 8], data: floats(first * second * 8, value) });

/** Three or more a kind: [what, change of the parts, code]. `width` is the tower's. */
export const hostileTraits = (width) => [
  ['another base', ({ percept }) => { percept.base = 'a'.repeat(64); }, 'trait-other-base'],
  ['a base of another size', ({ percept }) => { percept.base = percept.base.replace(/^./, (digit) => (digit === '0' ? '1' : '0')); }, 'trait-other-base'],
  ['a base that is no hash', ({ percept }) => { percept.base = ['a']; }, 'trait-invalid'],
  ['a head that is a row short', ({ tensors }) => { tensors[0].shape = [1, tensors[0].shape[1] - 1, 8]; tensors[0].data = tensors[0].data.subarray(32); }, 'wrong-shape'],
  ['a shape that its bytes deny', ({ tensors }) => { tensors[0].shape = [2, ...tensors[0].shape.slice(1)]; }, 'trait-invalid'],
  ['tensors that overlap', ({ tensors }) => { tensors[1].offsets = [0, tensors[1].data.length]; }, 'trait-invalid'],
  ['a shape beyond every number', ({ tensors }) => { tensors[0].shape = [2 ** 40, 2 ** 40, 8]; }, 'trait-invalid'],
  ['a head that is missing', (parts) => { parts.tensors.shift(); }, 'missing-tensor'],
  ['NaN', withFloat(7, NaN), 'trait-invalid'],
  ['infinity', withFloat(0, Infinity), 'trait-invalid'],
  ['less than everything', withFloat(40, -Infinity), 'trait-invalid'],
  ['weights that make the score infinite', ({ tensors }) => { tensors[0].data = hugeFloats(tensors[0].data.length / 4); }, null],
  ['an adapter of a huge rank', ({ percept, tensors }) => { percept.task.adapter = true; tensors.push(lora('blocks.0.attention.query.lora_A', 64, width), lora('blocks.0.attention.query.lora_B', width / 8, 512)); }, 'wrong-shape'],
  ['an adapter of rank 0', ({ percept, tensors }) => { percept.task.adapter = true; tensors.push({ ...lora('blocks.0.attention.query.lora_A', 0, width) }); }, 'wrong-shape'],
  ['half an adapter', ({ percept, tensors }) => { percept.task.adapter = true; tensors.push(lora('blocks.0.attention.query.lora_A', 1, width)); }, 'missing-tensor'],
  ['an adapter that it denies', ({ tensors }) => { tensors.push(lora('blocks.0.attention.query.lora_A', 1, width), lora('blocks.0.attention.query.lora_B', width / 8, 8)); }, 'trait-invalid'],
  ['a block that the tower lacks', ({ percept, tensors }) => { percept.task.adapter = true; tensors.push(lora('blocks.99.attention.query.lora_A', 1, width)); }, 'unknown-tensor'],
  ['a tensor of the base', ({ tensors }) => { tensors.push({ name: 'post_norm.bias', dtype: 'F32', shape: [width], data: floats(width, 0) }); }, 'unknown-tensor'],
  ['halves', ({ tensors }) => { tensors.push({ name: 'head.1.weight', dtype: 'F16', shape: [4], data: Buffer.alloc(8) }); }, 'trait-invalid'],
  ['no format', ({ metadata }) => { delete metadata.format; }, 'trait-invalid'],
  ['another format', ({ metadata }) => { metadata.format = 'pt'; }, 'trait-invalid'],
  ['a description that is no JSON', (parts) => { parts.raw = '{"format":'; }, 'trait-invalid'],
  ['a description nested without end', (parts) => { parts.raw = '['.repeat(100000); }, 'trait-invalid'],
  ['a description of null', (parts) => { parts.raw = 'null'; }, 'trait-invalid'],
  ['a later version', ({ percept }) => { percept.version = 2; }, 'trait-invalid'],
  ['an unknown word', ({ percept }) => { percept.run = 'alert(1)'; }, 'trait-invalid'],
  ['an id of the model\'s', ({ percept }) => { percept.task.id = 'quality'; }, 'trait-invalid'],
  ['an id that every object has', ({ percept }) => { percept.task.id = 'constructor'; }, 'trait-invalid'],
  ['an id with a path', ({ percept }) => { percept.task.id = '../x'; }, 'trait-invalid'],
  ['views of another size', ({ percept }) => { percept.task.preprocess.views = { center: 64 }; }, 'trait-invalid'],
  ['more views than the tower takes', ({ percept }) => { percept.task.preprocess.views = { grid: [64, 64], size: percept.task.preprocess.views.size ?? percept.task.preprocess.views.center }; }, 'trait-invalid'],
  ['more views of detail than the tower takes', ({ percept: { task: { preprocess } } }) => {
    const { size, center } = preprocess.views;
    Object.assign(preprocess, { resize: { shorter: size ?? center, interpolation: 'bicubic' }, views: { grid: [1, 1], size: size ?? center }, detail: { shorter: 2000, grid: [64, 64] } });
  }, 'trait-invalid'],
  ['a head of another length than its output', ({ percept }) => { percept.task.head[0].outputs = 3; }, 'trait-invalid'],
  ['seventeen layers', ({ percept }) => { percept.task.head = Array.from({ length: 17 }, () => ({ outputs: 1, activation: 'relu' })); }, 'trait-invalid'],
  ['a scale of one number', ({ percept }) => { percept.task.output.from = [1, 1]; }, 'trait-invalid'],
  ['a commonest class beyond all pictures', ({ percept }) => { percept.evidence.commonest = { label: 'x', share: 2 }; }, 'trait-invalid'],
  ['evidence that is none', ({ percept }) => { percept.evidence = { held_out: 'very good' }; }, 'trait-invalid'],
  ['a figure that is markup', ({ percept }) => { percept.evidence.held_out.head = '<img src=x onerror=alert(1)>'; }, 'trait-invalid'],
  ['a note that nobody knows', ({ percept }) => { percept.evidence.notes = ['trust-me']; }, 'trait-invalid'],
  ['a million pictures that differ', ({ percept }) => { percept.evidence.different = Array.from({ length: 1e5 }, () => ({ picture: 'a', people: 1, model: 2 })); }, 'trait-invalid'],
];
