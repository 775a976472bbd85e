/**
 * A checkpoint in several files, as Hugging Face writes large ones: `model.safetensors.index.json` or
 * `pytorch_model.bin.index.json` says in its weight_map which file holds which tensor.
 */
import { basename, dirname, join } from 'node:path';
import { ConvertError, BAD_FILE } from './errors.mjs';
import { readJson } from './files.mjs';

function readWeightMap(index, path) {
  const map = index?.weight_map;
  if (map === null || typeof map !== 'object' || Object.keys(map).length === 0) {
    throw new ConvertError(BAD_FILE, `${path} has no weight_map that says which file holds which tensor.`);
  }
  for (const [name, file] of Object.entries(map)) {
    if (typeof file !== 'string' || basename(file) !== file || file.startsWith('.')) {
      throw new ConvertError(BAD_FILE, `${path} places ${name} in ${JSON.stringify(file)}, which is no plain file name.`);
    }
  }
  return map;
}

export class ShardedCheckpoint {
  constructor(label, format, owners) {
    this.label = label;
    this.format = format;
    this.owners = owners; /* name -> the file's checkpoint */
    this.tensors = new Map([...owners].map(([name, owner]) => [name, owner.tensors.get(name)]));
  }

  /**
   * @param {string} indexPath
   * @param {(path: string) => Promise<object>} openFile
   */
  static async open(indexPath, openFile) {
    const map = readWeightMap(await readJson(indexPath), indexPath);
    const files = new Map();
    try {
      for (const file of new Set(Object.values(map))) files.set(file, await openFile(join(dirname(indexPath), file)));
      const owners = new Map();
      for (const [file, checkpoint] of files) {
        for (const name of checkpoint.tensors.keys()) {
          if (map[name] !== file) {
            throw new ConvertError(BAD_FILE, `${file} holds ${name}, which ${indexPath} does not place there.`);
          }
          owners.set(name, checkpoint);
        }
      }
      const absent = Object.keys(map).find((name) => !owners.has(name));
      if (absent) throw new ConvertError(BAD_FILE, `${indexPath} places ${absent} in ${map[absent]}, which lacks it.`);
      return new ShardedCheckpoint(indexPath, [...files.values()][0].format, owners);
    } catch (error) {
      for (const checkpoint of files.values()) await checkpoint.close();
      throw error;
    }
  }

  /** @param {string} name */
  async read(name) {
    return this.owners.get(name).read(name);
  }

  async close() {
    for (const checkpoint of new Set(this.owners.values())) await checkpoint.close();
  }
}
