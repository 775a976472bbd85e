/** Structs that JavaScript fills for C: by the layout that the module tells, with all fields and no other. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { Instance, fillStruct } from '../../web/lib/wasm.js';

const MODULES = { tower: 'web/lib/wasm/tower-simd128.wasm', pack: 'build/pack.wasm' };

async function open(prefix) {
  const bytes = await readFile(new URL(`../../${MODULES[prefix]}`, import.meta.url));
  const instance = await Instance.create(await WebAssembly.compile(bytes), new WebAssembly.Memory({ initial: 64, maximum: 65536 }));
  return { instance, info: instance.info(instance.exports[`${prefix}_info`]()) };
}

const sizeOf = (type) => (type === 'double' ? 8 : 4);

for (const prefix of Object.keys(MODULES)) {
  test(`the ${prefix} module's structs are whole: fields follow one another, aligned, and fill their bytes`, async () => {
    const { structs } = (await open(prefix)).info;
    assert.ok(Object.keys(structs).length > 0);
    for (const [name, { bytes, fields }] of Object.entries(structs)) {
      let end = 0;
      for (const [field, { type, offset, count }] of Object.entries(fields)) {
        assert.match(type, /^(int32_t|uint32_t|float|double|.* \*)$/, `${name}.${field}`);
        assert.equal(offset, Math.ceil(end / sizeOf(type)) * sizeOf(type), `${name}.${field}`);
        end = offset + count * sizeOf(type);
      }
      assert.ok(bytes >= end && bytes < end + 8, name);
    }
  });
}

test('a configuration arrives in C as JavaScript names it', async () => {
  const { instance, info } = await open('tower');
  const tower = instance.exports.tower_new();
  const configure = (changes) => {
    const pointer = instance.exports.tower_arguments();
    fillStruct(instance.memory, pointer, info.structs.tower_configuration, {
      width: 64, layers: 2, heads: 2, mlp_width: 128, patch: 8, image: 32, embedding: 16, activation: info.activations.gelu,
      norm_epsilon: 1e-5, tasks: 1, views: 3, batch: 2, threads: 1, ...changes,
    });
    return info.statuses[instance.exports.tower_configure(tower, pointer)];
  };
  assert.equal(configure({}), 'OK');
  assert.equal(instance.exports.tower_batch(tower), 2);
  assert.equal(instance.exports.tower_slots(tower), 3 + 2 + 2);
  for (const [field, value] of Object.entries({ heads: 5, patch: 5, norm_epsilon: 0, activation: info.activations.relu, views: 0, threads: 65 })) {
    assert.equal(configure({ [field]: value }), 'BAD_ARGUMENT', field);
    assert.match(instance.text(instance.exports.tower_message(tower)), new RegExp(`^Its ${field} .*\\.$`));
  }
});

test('numbers of each type and arrays go where the layout says, and a field that is missing, unknown or too long is refused', () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const layout = { bytes: 40, fields: {
    count: { type: 'int32_t', offset: 0, count: 1 }, place: { type: 'const void *', offset: 4, count: 1 },
    range: { type: 'double', offset: 8, count: 2 }, mean: { type: 'float', offset: 24, count: 3 },
  } };
  const values = { count: -7, place: 4294967280, range: [0.1, -2], mean: [0.5, 0.25, 1] };
  fillStruct(memory, 64, layout, values);
  const data = new DataView(memory.buffer, 64);
  assert.deepEqual([data.getInt32(0, true), data.getUint32(4, true)], [-7, 4294967280]);
  assert.deepEqual([data.getFloat64(8, true), data.getFloat64(16, true)], [0.1, -2]);
  assert.deepEqual([24, 28, 32].map((offset) => data.getFloat32(offset, true)), [0.5, 0.25, 1]);
  const { count: _, ...missing } = values;
  for (const wrong of [missing, { ...values, more: 1 }, { ...values, mean: [1, 2] }, { ...values, count: [1, 2] }, { ...values, place: undefined }]) {
    assert.throws(() => fillStruct(memory, 64, layout, wrong), TypeError);
  }
});
