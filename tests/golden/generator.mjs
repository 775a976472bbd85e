/**
 * Seeded towers, adapters, heads and pictures of any size, the same bits here and in generator.py, so that
 * goldens need no weights in the repository.
 *
 * Every number comes from a counter and a seed by an integer hash:
 *
 *   mix32(seed, index): x = index * 0x9E3779B9 + seed
 *                       x ^= x >> 16; x *= 0x85EBCA6B; x ^= x >> 13; x *= 0xC2B2AE35; x ^= x >> 16
 *
 * in 32-bit arithmetic (the finaliser of MurmurHash3). An approximate normal number is the sum of the six
 * 16-bit halves of three hashes, an exact integer, turned into a float by one double-precision
 * multiplication and one addition.
 */

/** Standard deviation of 2 sum - 6 * 65535 over six halves: sqrt(2 (2^32 - 1)). */
const HALVES_DEVIATION = 92681.90002157777;

/** 32-bit FNV-1a of an ASCII name. */
function hashName(name) {
  let hash = 0x811C9DC5;
  for (let i = 0; i < name.length; i += 1) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/**
 * @param {number} seed
 * @param {number} index
 * @returns {number} 32 bits, as a signed integer
 */
export function mix32(seed, index) {
  let x = (Math.imul(index, 0x9E3779B9) + seed) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85EBCA6B);
  x = Math.imul(x ^ (x >>> 13), 0xC2B2AE35);
  return x ^ (x >>> 16);
}

/** The seed of a tensor of a model. */
function tensorSeed(seed, name) {
  return mix32(seed, hashName(name));
}

/**
 * @param {number} seed the model's
 * @param {string} name the tensor's
 * @param {number} count
 * @param {number} deviation
 * @param {number} [mean]
 * @returns {Float32Array}
 */
export function normals(seed, name, count, deviation, mean = 0) {
  const own = tensorSeed(seed, name);
  const scale = deviation / HALVES_DEVIATION;
  const values = new Float32Array(count);
  for (let i = 0; i < count; i += 1) {
    let sum = 0;
    for (let part = 0; part < 3; part += 1) {
      const hash = mix32(own, 3 * i + part);
      sum += (hash & 0xFFFF) + (hash >>> 16);
    }
    values[i] = (2 * sum - 393210) * scale + mean;
  }
  return values;
}

/** One channel in this many is an outlier, and its gain this many times the others'. */
const OUTLIER_RARITY = 250;
const OUTLIER_GAIN = 7;

function gains(seed, name, width, outliers) {
  const values = normals(seed, name, width, 0.1, 1);
  if (!outliers) return values;
  const own = tensorSeed(seed, `${name}.outliers`);
  for (let i = 0; i < width; i += 1) {
    if ((mix32(own, i) >>> 0) % OUTLIER_RARITY === 0) values[i] *= OUTLIER_GAIN;
  }
  return values;
}

/**
 * The tensors of a vision tower in transformers' names and shapes. The deviations keep every activation near
 * 1 and the attention logits near 1.5, as in a trained tower, where CLIP's own initialisation would leave
 * the attention uniform.
 * @param {{width: number, layers: number, heads: number, mlp_width: number, patch: number, image: number,
 *   embedding: number}} sizes
 * @param {number} seed
 * @param {boolean} outliers whether one LayerNorm gain in 250 is seven times the others
 * @returns {{name: string, shape: number[], make: () => Float32Array}[]}
 */
export function towerTensors({ width, layers, mlp_width: mlpWidth, patch, image, embedding }, seed, outliers) {
  const tensors = [];
  const add = (name, shape, make) => tensors.push({ name, shape, make });
  const normal = (name, shape, deviation) => (
    add(name, shape, () => normals(seed, name, shape.reduce((a, b) => a * b), deviation)));
  const norm = (name) => {
    add(`${name}.weight`, [width], () => gains(seed, `${name}.weight`, width, outliers));
    normal(`${name}.bias`, [width], 0.05);
  };
  const linear = (name, out, inputs, gain) => {
    normal(`${name}.weight`, [out, inputs], gain / Math.sqrt(inputs));
    normal(`${name}.bias`, [out], 0.05);
  };
  const tower = 'vision_model';
  normal(`${tower}.embeddings.class_embedding`, [width], 0.5);
  normal(`${tower}.embeddings.patch_embedding.weight`, [width, 3, patch, patch], 1 / Math.sqrt(3 * patch * patch));
  normal(`${tower}.embeddings.position_embedding.weight`, [1 + (image / patch) ** 2, width], 0.3);
  norm(`${tower}.pre_layrnorm`);
  for (let i = 0; i < layers; i += 1) {
    const block = `${tower}.encoder.layers.${i}`;
    norm(`${block}.layer_norm1`);
    for (const side of ['q', 'k']) linear(`${block}.self_attn.${side}_proj`, width, width, 1.25);
    for (const side of ['v', 'out']) linear(`${block}.self_attn.${side}_proj`, width, width, 1);
    norm(`${block}.layer_norm2`);
    linear(`${block}.mlp.fc1`, mlpWidth, width, 1);
    linear(`${block}.mlp.fc2`, width, mlpWidth, 1);
  }
  norm(`${tower}.post_layernorm`);
  if (embedding > 0) normal('visual_projection.weight', [embedding, width], 1 / Math.sqrt(width));
  return tensors;
}

/**
 * config.json for a seeded tower.
 * @param {object} sizes
 * @param {string} activation
 */
export function towerConfig(sizes, activation) {
  return {
    model_type: 'clip',
    ...(sizes.embedding > 0 && { projection_dim: sizes.embedding }),
    vision_config: {
      hidden_size: sizes.width,
      num_hidden_layers: sizes.layers,
      num_attention_heads: sizes.heads,
      intermediate_size: sizes.mlp_width,
      patch_size: sizes.patch,
      image_size: sizes.image,
      hidden_act: activation,
      layer_norm_eps: 1e-5,
    },
  };
}

/** preprocessor_config.json of such a tower, with CLIP's own preprocessing. */
export function pictureConfig({ image }) {
  return {
    image_processor_type: 'CLIPImageProcessor',
    do_resize: true, size: { shortest_edge: image }, resample: 3,
    do_center_crop: true, crop_size: { height: image, width: image },
    do_rescale: true, rescale_factor: 1 / 255,
    do_normalize: true, image_mean: [0.48145466, 0.4578275, 0.40821073], image_std: [0.26862954, 0.26130258, 0.27577711],
  };
}

/** Where LoRA may stand, in transformers' names: [outputs, inputs] of each. */
function targetShape(target, { width, mlp_width: mlpWidth, embedding }) {
  if (target === 'fc1') return [mlpWidth, width];
  if (target === 'fc2') return [width, mlpWidth];
  return target === 'visual_projection' ? [embedding, width] : [width, width];
}

/**
 * The modules that a LoRA adapter stands beside.
 * @param {object} sizes the tower's
 * @param {string[]} targets such as q_proj, fc1, visual_projection
 * @returns {{module: string, out: number, inputs: number}[]}
 */
function adapterModules(sizes, targets) {
  const modules = [];
  for (const target of targets) {
    const [out, inputs] = targetShape(target, sizes);
    if (target === 'visual_projection') modules.push({ module: target, out, inputs });
    for (let i = 0; i < sizes.layers && target !== 'visual_projection'; i += 1) {
      const part = target.startsWith('fc') ? 'mlp' : 'self_attn';
      modules.push({ module: `vision_model.encoder.layers.${i}.${part}.${target}`, out, inputs });
    }
  }
  return modules;
}

/**
 * The pairs of a PEFT adapter, as PEFT names them.
 * @param {object} sizes the tower's
 * @param {{targets: string[], rank: number}} lora
 * @param {number} seed
 * @returns {{name: string, shape: number[], make: () => Float32Array}[]}
 */
export function adapterTensors(sizes, { targets, rank }, seed) {
  return adapterModules(sizes, targets).flatMap(({ module, out, inputs }) => {
    const [a, b] = ['A', 'B'].map((side) => `base_model.model.${module}.lora_${side}.weight`);
    return [
      { name: a, shape: [rank, inputs], make: () => normals(seed, a, rank * inputs, 1 / Math.sqrt(inputs)) },
      { name: b, shape: [out, rank], make: () => normals(seed, b, out * rank, 0.3 / Math.sqrt(rank)) },
    ];
  });
}

/**
 * A chain of linear layers fc1, fc2, …
 * @param {number} inputs
 * @param {number[]} outputs of each layer
 * @param {number} seed
 * @returns {{name: string, shape: number[], make: () => Float32Array}[]}
 */
export function headTensors(inputs, outputs, seed) {
  return outputs.flatMap((out, index) => {
    const columns = index === 0 ? inputs : outputs[index - 1];
    const name = `fc${index + 1}`;
    const make = (part, count, deviation) => () => normals(seed, `${name}.${part}`, count, deviation);
    return [
      { name: `${name}.weight`, shape: [out, columns], make: make('weight', out * columns, Math.SQRT2 / Math.sqrt(columns)) },
      { name: `${name}.bias`, shape: [out], make: make('bias', out, 0.1) },
    ];
  });
}

/** Pixels of a cell of one colour, and how far noise moves a pixel. */
const CELL = 8;
const NOISE = 32;

/**
 * A picture as a tower sees it: cells of random colours, a slope of light, noise. All in integers.
 * @param {number} size pixels of a side
 * @param {number} seed
 * @param {number} index the picture's number
 * @returns {Uint8Array} [size, size, 3], 8-bit RGB
 */
export function syntheticView(size, seed, index) {
  const own = tensorSeed(seed, `view.${index}`);
  const contrast = 64 + (mix32(own, 0) & 127);
  const slope = (mix32(own, 1) & 127) - 64;
  const pixels = new Uint8Array(size * size * 3);
  for (let y = 0, at = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      for (let c = 0; c < 3; c += 1, at += 1) {
        const cell = (Math.floor(y / CELL) * 1024 + Math.floor(x / CELL)) * 3 + c;
        const colour = ((mix32(own, 16 + cell) & 255) * contrast) >> 8;
        const noise = (mix32(own ^ 0x5BD1E995, at) & (NOISE - 1)) - NOISE / 2;
        const value = 96 + colour - (contrast >> 1) + Math.trunc((slope * (x - y)) / size) + noise;
        pixels[at] = Math.min(255, Math.max(0, value));
      }
    }
  }
  return pixels;
}
