/**
 * Writes the vision tower of any checkpoint that the converter reads as a Hugging Face folder, for adapt.py:
 *
 *   node trunk_folder.mjs BASE OUT [CONFIG]
 *
 * BASE is a file or a folder; CONFIG is JSON, a recipe's `base.config`. OUT gets config.json,
 * preprocessor_config.json and model.safetensors in float32, the last one last.
 */
import { open, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openCheckpoint } from '../convert/checkpoint.mjs';
import { ConvertError } from '../convert/errors.mjs';
import { elementCount } from '../convert/floats.mjs';
import { trunkNames } from '../convert/layout-huggingface.mjs';
import { readPreprocess } from '../convert/preprocess.mjs';
import { TowerSource } from '../convert/tower.mjs';
import { makeFolder } from '../make-folder.mjs';

function configOf({ width, layers, heads, mlp_width: mlpWidth, patch, image, embedding, activation, norm_epsilon: epsilon }) {
  return {
    architectures: ['CLIPVisionModelWithProjection'], model_type: 'clip_vision_model', hidden_size: width, intermediate_size: mlpWidth,
    num_hidden_layers: layers, num_attention_heads: heads, patch_size: patch, image_size: image, projection_dim: embedding,
    hidden_act: activation, layer_norm_eps: epsilon,
  };
}

/** Hugging Face's shape of a tensor: the patch embedding is a convolution there. */
function shapeOf(name, shape, { width, patch }) {
  return name.endsWith('patch_embedding.weight') ? [width, 3, patch, patch] : shape;
}

/** One tensor is in memory at a time. */
async function writeTensors(tower, names, path) {
  const header = {};
  let end = 0;
  for (const [neutral, { name }] of names) {
    const { shape } = tower.tensors.get(neutral);
    const start = end;
    end += 4 * elementCount(shape);
    header[name] = { dtype: 'F32', shape: shapeOf(name, shape, tower.sizes), data_offsets: [start, end] };
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const file = await open(`${path}.part`, 'w');
  try {
    await file.writeFile(Buffer.concat([length, text]));
    for (const neutral of names.keys()) {
      const values = await tower.read(neutral);
      await file.writeFile(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
    }
  } finally {
    await file.close();
  }
  await rename(`${path}.part`, path);
}

/** What the base's pictures were normalised by. @throws {ConvertError} where neither its files nor a publication say */
async function normalizationOf(tower) {
  const { mean, std } = await readPreprocess(tower);
  for (const found of [mean, std]) if (found instanceof ConvertError) throw found;
  return { mean: mean.value, std: std.value };
}

async function main([base, out, config]) {
  const checkpoint = await openCheckpoint(base);
  try {
    const tower = await TowerSource.open(checkpoint, { config: JSON.parse(config ?? '{}') });
    if (!tower.has('projection.weight')) throw new Error(`${base} has no projection, so it has no embedding to put a head on.`);
    const names = trunkNames(tower.sizes.layers, 'vision_model.').set('projection.weight', { name: 'visual_projection.weight' });
    const { mean, std } = await normalizationOf(tower);
    await makeFolder(out);
    await writeFile(join(out, 'config.json'), `${JSON.stringify(configOf(tower.sizes), null, 2)}\n`);
    await writeFile(join(out, 'preprocessor_config.json'), `${JSON.stringify({ image_mean: mean, image_std: std }, null, 2)}\n`);
    await writeTensors(tower, names, join(out, 'model.safetensors'));
  } finally {
    await checkpoint.close();
  }
}

await main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
