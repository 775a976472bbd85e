/**
 * Opens whatever holds tensors: a file, or a folder as the usual libraries write it.
 *
 * A checkpoint has `label` (for messages), `format`, `folder` (where its configuration lies), `tensors`
 * (Map: name -> {dtype, shape}), `read(name)` (Promise of Float32Array, row-major) and `close()`.
 */
import { dirname, join } from 'node:path';
import { ConvertError, NOT_FOUND, UNSUPPORTED } from './errors.mjs';
import { refuseFormats } from './families.mjs';
import { RandomAccessFile, statIfThere } from './files.mjs';
import { NpzFile } from './npz-file.mjs';
import { withPlainNames } from './plain-names.mjs';
import { SafetensorsFile } from './safetensors.mjs';
import { ShardedCheckpoint } from './sharded.mjs';
import { TorchFile } from './torch-file.mjs';
import { ZipArchive } from './zip.mjs';

/** What a folder is searched for, in this order; for an adapter its own files come first. */
const ADAPTER_FILES = ['adapter_model.safetensors', 'adapter_model.bin'];
const MODEL_FILES = [
  'model.safetensors', 'model.safetensors.index.json', 'pytorch_model.bin', 'pytorch_model.bin.index.json',
  'open_clip_model.safetensors', 'open_clip_pytorch_model.bin',
];

const ZIP_MAGIC = 'PK\x03\x04';

/** A pickle begins with 0x80 and its protocol. So may a safetensors file, whose first 8 bytes are then a length. */
function isBarePickle(start, size) {
  return start.length === 8 && start[0] === 0x80 && start[1] >= 2 && start[1] <= 5
    && new DataView(start.buffer).getBigUint64(0, true) > BigInt(size);
}

async function openArchive(file) {
  const archive = await ZipArchive.open(file);
  const pickle = [...archive.entries.keys()].find((name) => /^[^/]+\/data\.pkl$/.test(name));
  return pickle ? TorchFile.parse(archive, pickle) : NpzFile.parse(archive);
}

/** The first bytes tell what a file is, whatever it is called. */
async function openSingle(path) {
  const file = await RandomAccessFile.open(path);
  try {
    const start = await file.read(0, Math.min(8, file.size));
    if (String.fromCharCode(...start.subarray(0, 4)) === ZIP_MAGIC) return await openArchive(file);
    if (isBarePickle(start, file.size)) {
      throw new ConvertError(UNSUPPORTED, `${path} is a bare pickle, as PyTorch wrote before version 1.6; load it there and `
        + 'save its state_dict() again.');
    }
    refuseFormats(path, start);
    return await SafetensorsFile.parse(file);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openFile(path) {
  return path.endsWith('.index.json') ? ShardedCheckpoint.open(path, openSingle) : openSingle(path);
}

async function fileInFolder(folder, names) {
  for (const name of names) {
    if (await statIfThere(join(folder, name))) return join(folder, name);
  }
  throw new ConvertError(NOT_FOUND, `${folder} holds none of ${names.join(', ')}; name the file itself.`);
}

/**
 * @param {string} path a file or a folder
 * @param {boolean} isAdapter whether an adapter is looked for in a folder
 * @returns {Promise<string>} the file
 */
export async function findCheckpoint(path, isAdapter) {
  const stats = await statIfThere(path);
  if (!stats) throw new ConvertError(NOT_FOUND, `${path} does not exist; paths in a recipe are relative to the recipe.`);
  return stats.isDirectory() ? fileInFolder(path, isAdapter ? [...ADAPTER_FILES, ...MODEL_FILES] : [...MODEL_FILES, ...ADAPTER_FILES]) : path;
}

/**
 * @param {string} path a file or a folder
 * @returns {Promise<object>} a checkpoint
 */
export async function openCheckpoint(path) {
  const file = await findCheckpoint(path, false);
  const opened = await openFile(file);
  try {
    const checkpoint = withPlainNames(opened);
    checkpoint.folder = dirname(file);
    return checkpoint;
  } catch (error) {
    await opened.close();
    throw error;
  }
}
