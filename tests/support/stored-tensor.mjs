/** Changes one tensor inside a checkpoint and nothing else, whatever kind of file it is. */
import { open, readFile } from 'node:fs/promises';
import { openCheckpoint } from '../../build_scripts/convert/checkpoint.mjs';
import { ELEMENT_BYTES } from '../../build_scripts/convert/floats.mjs';

/** Bytes of some numbers, by type. */
const ONE = { F32: [0, 0, 0x80, 0x3F], F16: [0, 0x3C], BF16: [0x80, 0x3F] };
const NOT_A_NUMBER = { F32: [0, 0, 0xC0, 0x7F], F16: [0, 0x7E], BF16: [0xC0, 0x7F] };

/** Where the first element lies: in a PyTorch storage, an array of numpy's, or a safetensors file. */
async function findStart(path, checkpoint, { begin, offset, storage, body }, bytes) {
  if (body) return (await readFile(path)).indexOf(body);
  if (!storage) return checkpoint.dataStart + begin;
  const entry = checkpoint.archive.find(`${checkpoint.inside}data/${storage.key}`);
  return await checkpoint.archive.start(entry) + offset * bytes;
}

/** Strides are in elements. */
async function locate(path, name) {
  const checkpoint = await openCheckpoint(path);
  try {
    const tensor = checkpoint.tensors.get(name);
    const { dtype, shape } = tensor;
    const bytes = ELEMENT_BYTES[dtype];
    const rowMajor = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, side) => product * side, 1));
    const strides = tensor.isColumnMajor ? [1, shape[0]] : tensor.strides ?? rowMajor;
    return { dtype, shape, strides, start: await findStart(path, checkpoint.inner ?? checkpoint, tensor, bytes), bytes };
  } finally {
    await checkpoint.close();
  }
}

/** `change` gets the place and two functions on elements, counted from the tensor's first: get(index) and set(index, bytes). */
async function edit(path, name, change) {
  const place = await locate(path, name);
  const handle = await open(path, 'r+');
  try {
    const get = async (index) => (await handle.read(Buffer.alloc(place.bytes), 0, place.bytes, place.start + index * place.bytes)).buffer;
    const set = (index, value) => handle.write(Buffer.from(value), 0, place.bytes, place.start + index * place.bytes);
    await change(place, get, set);
  } finally {
    await handle.close();
  }
}

/** Transposes the last two axes, as far as they are square, of the first matrix. */
export async function transposeSquare(path, name) {
  await edit(path, name, async ({ shape, strides }, get, set) => {
    const side = Math.min(...shape.slice(-2));
    const [down, across] = strides.slice(-2);
    for (let row = 0; row < side; row += 1) {
      for (let column = 0; column < row; column += 1) {
        const pair = [row * down + column * across, column * down + row * across];
        const [a, b] = [await get(pair[0]), await get(pair[1])];
        await set(pair[0], b);
        await set(pair[1], a);
      }
    }
  });
}

/** A vector of ones. */
export async function fillWithOnes(path, name) {
  await edit(path, name, async ({ dtype, shape, strides }, get, set) => {
    for (let i = 0; i < shape[0]; i += 1) await set(i * strides[0], ONE[dtype]);
  });
}

/** A NaN in place of the last element, in the file's order. */
export async function spoil(path, name) {
  await edit(path, name, async ({ dtype, shape, strides }, get, set) => {
    await set(shape.reduce((sum, side, axis) => sum + (side - 1) * strides[axis], 0), NOT_A_NUMBER[dtype]);
  });
}
