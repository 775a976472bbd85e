/**
 * Seeded checkpoints (generator.mjs) on disk, in the folders that Hugging Face's libraries write.
 */
import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { adapterTensors, headTensors, pictureConfig, towerConfig, towerTensors } from './generator.mjs';

/**
 * Writes float32 tensors one after the other.
 * @param {string} path
 * @param {{name: string, shape: number[], make: () => Float32Array}[]} tensors
 */
export async function writeSafetensors(path, tensors) {
  let offset = 0;
  const entries = tensors.map(({ name, shape }) => {
    const begin = offset;
    offset += 4 * shape.reduce((product, side) => product * side, 1);
    return [name, { dtype: 'F32', shape, data_offsets: [begin, offset] }];
  });
  const json = JSON.stringify(Object.fromEntries(entries));
  const header = Buffer.alloc(8);
  header.writeBigUInt64LE(BigInt(json.length));
  const handle = await open(path, 'w');
  await handle.writeFile(Buffer.concat([header, Buffer.from(json)]));
  for (const { make } of tensors) {
    const values = make();
    await handle.writeFile(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  await handle.close();
}

/**
 * A CLIPModel's or CLIPVisionModel's folder.
 * @param {string} folder
 * @param {{sizes: object, activation: string, seed: number, outliers: boolean}} tower
 */
export async function writeTowerFolder(folder, { sizes, activation, seed, outliers }) {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), JSON.stringify(towerConfig(sizes, activation)));
  await writeFile(join(folder, 'preprocessor_config.json'), JSON.stringify(pictureConfig(sizes)));
  await writeSafetensors(join(folder, 'model.safetensors'), towerTensors(sizes, seed, outliers));
}

/**
 * A PEFT adapter's folder.
 * @param {string} folder
 * @param {object} sizes the tower's
 * @param {{targets: string[], rank: number, alpha: number}} lora any other member goes into adapter_config.json
 * @param {number} seed
 */
export async function writeAdapterFolder(folder, sizes, lora, seed) {
  const { targets, rank, alpha, ...others } = lora;
  await mkdir(folder, { recursive: true });
  const config = { peft_type: 'LORA', r: rank, lora_alpha: alpha, target_modules: targets, bias: 'none', ...others };
  await writeFile(join(folder, 'adapter_config.json'), JSON.stringify(config));
  await writeSafetensors(join(folder, 'adapter_model.safetensors'), adapterTensors(sizes, lora, seed));
}

/** A head's file: layers fc1, fc2, … */
export async function writeHead(path, inputs, outputs, seed) {
  await writeSafetensors(path, headTensors(inputs, outputs, seed));
}

/** What tower.py adds to a case's seed for each of its tasks. */
const TASK_SEED_STEP = 1000;

const OUTPUTS = {
  score: () => ({ kind: 'score' }),
  classes: (count) => ({ kind: 'classes', labels: Array.from({ length: count }, (_, index) => `label ${index}`) }),
};

function headWords({ outputs, activations }) {
  return outputs.flatMap((_, index) => {
    const activation = activations[index];
    return activation === 'identity' ? [`fc${index + 1}`] : [`fc${index + 1}`, activation];
  });
}

/**
 * A case of tower.json as a folder with its recipe.
 * @param {string} folder
 * @param {object} testCase
 * @returns {Promise<string>} the recipe's path
 */
export async function writeCase(folder, testCase) {
  const { id, sizes, tasks } = testCase;
  await writeTowerFolder(join(folder, 'tower'), testCase);
  const entries = [];
  for (const [index, { id: task, lora, head, normalize, output }] of tasks.entries()) {
    const seed = testCase.seed + TASK_SEED_STEP * (index + 1);
    if (lora) await writeAdapterFolder(join(folder, `${task}-lora`), sizes, lora, seed);
    await writeHead(join(folder, `${task}-head.safetensors`), sizes.embedding || sizes.width, head.outputs, seed);
    entries.push({
      id: task,
      ...(lora && { adapter: { path: `${task}-lora` } }),
      head: { path: `${task}-head.safetensors`, layers: headWords(head) },
      normalize,
      output: OUTPUTS[output](head.outputs.at(-1)),
    });
  }
  const recipe = join(folder, 'recipe.json');
  await writeFile(recipe, JSON.stringify({ name: id, base: { path: 'tower' }, tasks: entries }));
  return recipe;
}
