/**
 * Opens whatever holds tensors: a file, or a folder as Hugging Face's libraries write it.
 *
 * A checkpoint has `label` (for messages), `format`, `folder` (where its configuration lies), `tensors`
 * (Map: name -> {dtype, shape}), `read(name)` (Promise of Float32Array, row-major) and `close()`.
 */
import { dirname, join } from 'node:path';
import { ConvertError, NOT_FOUND } from './errors.mjs';
import { statIfThere } from './files.mjs';
import { SafetensorsFile } from './safetensors.mjs';
import { ShardedCheckpoint } from './sharded.mjs';

/** What a folder is searched for, in this order. */
const FOLDER_FILES = ['model.safetensors', 'model.safetensors.index.json', 'adapter_model.safetensors'];

async function openFile(path) {
  return path.endsWith('.index.json') ? ShardedCheckpoint.open(path, openFile) : SafetensorsFile.open(path);
}

async function fileInFolder(folder) {
  for (const name of FOLDER_FILES) {
    if (await statIfThere(join(folder, name))) return join(folder, name);
  }
  throw new ConvertError(NOT_FOUND, `${folder} holds none of ${FOLDER_FILES.join(', ')}; name the file itself.`);
}

/**
 * @param {string} path a file or a folder
 * @returns {Promise<object>} a checkpoint
 */
export async function openCheckpoint(path) {
  const stats = await statIfThere(path);
  if (!stats) throw new ConvertError(NOT_FOUND, `${path} does not exist; paths in a recipe are relative to the recipe.`);
  const file = stats.isDirectory() ? await fileInFolder(path) : path;
  const checkpoint = await openFile(file);
  checkpoint.folder = dirname(file);
  return checkpoint;
}
