/**
 * transformers' preprocessor_config.json (of 2021 and of 2023) and the image_processor in processor_config.json (transformers 5):
 * what its image processors do to a picture, in our words. A word that cannot be obeyed is refused by name, once it is needed.
 */
import { ConvertError, BAD_FILE, UNSUPPORTED } from './errors.mjs';
import { CLIP_NORMALIZATION } from './published.mjs';

const HALF = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };

/**
 * What the classes do where the file leaves a word out; `square` tells what a size of one number means. A size that is left out is
 * the tower's own.
 */
const CLASSES = [
  [/^CLIP(FeatureExtractor|ImageProcessor(Fast|Pil)?)$/, { resample: 3, do_center_crop: true, ...CLIP_NORMALIZATION, square: false }],
  [/^(ViT|Siglip)(FeatureExtractor|ImageProcessor(Fast|Pil)?)$/, { resample: null, do_center_crop: false, ...HALF, square: true }],
];

const FILTERS = ['nearest', 'lanczos', 'bilinear', 'bicubic'];

/** Words that are read below, and words that no picture notices. */
const READ = [
  'image_processor_type', 'feature_extractor_type', 'do_resize', 'size', 'resample', 'do_center_crop', 'crop_size', 'do_rescale', 'rescale_factor',
  'do_normalize', 'image_mean', 'image_std', 'default_to_square',
];
const HARMLESS = [
  'processor_class', 'auto_map', 'do_convert_rgb', 'data_format', 'input_data_format', 'device', 'return_tensors', 'disable_grouping',
  'image_seq_length', '_valid_processor_keys', 'transformers_version', '_name_or_path', '_processor_class', 'use_fast', 'backend',
];
const KNOWN = new Set([...READ, ...HARMLESS]);

function isCount(value) {
  return Number.isSafeInteger(value) && value >= 1;
}

function isAbsent(value) {
  return value === null || value === undefined;
}

class ImageProcessor {
  constructor(config, image, path) {
    this.image = image;
    this.config = config;
    this.path = path;
    const type = config.image_processor_type ?? config.feature_extractor_type ?? 'CLIPImageProcessor';
    this.preset = CLASSES.find(([pattern]) => pattern.test(type))?.[1];
    if (!this.preset) throw this.refuse(`the image processor ${JSON.stringify(type)} is not known`);
    if (this.preset.resample === null) this.preset = { ...this.preset, resample: type.startsWith('ViT') ? 2 : 3 };
    const unknown = Object.entries(config).find(([word, value]) => !KNOWN.has(word) && value !== null && value !== false
      && !(typeof value === 'object' && Object.keys(value).length === 0));
    if (unknown) throw this.refuse(`${unknown[0]} is ${JSON.stringify(unknown[1])}, which is not known`);
  }

  refuse(what) {
    return new ConvertError(UNSUPPORTED, `${this.path}: ${what} here; set the task's preprocess in the recipe to what it means.`);
  }

  bad(what) {
    return new ConvertError(BAD_FILE, `${this.path}: ${what}; correct it, or set the task's preprocess in the recipe.`);
  }

  /** A switch: absent, it is what the class does. */
  flag(word, preset = true) {
    const value = this.config[word] ?? preset;
    if (typeof value !== 'boolean') throw this.bad(`${word} is ${JSON.stringify(value)}, not true or false`);
    return value;
  }

  filter() {
    const number = this.config.resample ?? this.preset.resample;
    if (!FILTERS[number]) throw this.refuse(`resample is ${JSON.stringify(number)}, and filters other than 0 to 3 (nearest, lanczos, bilinear, bicubic) are not computed`);
    return FILTERS[number];
  }

  /** `size` and `crop_size`: {shorter} or {height, width}. */
  side(word, value, square) {
    if (isCount(value)) return square ? { height: value, width: value } : { shorter: value };
    const { shortest_edge: shorter, height, width, ...others } = Array.isArray(value) ? { height: value[0], width: value[1] } : value ?? {};
    const isOther = !Object.values(others).every(isAbsent);
    if (!isOther && isCount(shorter) && isAbsent(height) && isAbsent(width)) return { shorter };
    if (!isOther && isAbsent(shorter) && isCount(height) && isCount(width) && (!Array.isArray(value) || height === width)) return { height, width };
    throw this.refuse(`${word} is ${JSON.stringify(value)}, which is not computed`);
  }

  resize() {
    if (!this.flag('do_resize')) throw this.refuse('do_resize is false: pictures keep their own size, which a tower cannot take');
    const { size, default_to_square: square } = this.config;
    return { ...this.side('size', size ?? this.image, square ?? this.preset.square), interpolation: this.filter() };
  }

  views() {
    const { shorter, height, width } = this.resize();
    if (!this.flag('do_center_crop', this.preset.do_center_crop)) {
      if (shorter !== undefined || height !== width) throw this.refuse('do_center_crop is false, and size leaves pictures that are not square, which a tower cannot take');
      return { center: height };
    }
    const crop = this.side('crop_size', this.config.crop_size ?? this.image, true);
    if (crop.height !== crop.width) throw this.refuse(`crop_size is ${JSON.stringify(this.config.crop_size)}, and views that are not square are not computed`);
    const smallest = shorter ?? Math.min(height, width);
    if (crop.height > smallest) throw this.refuse(`crop_size is larger than size, which puts black around every picture: that is not computed`);
    const isWhole = height === crop.height && width === crop.height;
    return { center: crop.height, ...(!isWhole && { rounding: 'down' }) };
  }

  /** (pixel · factor - mean) / std, as (pixel / 255 - mean') / std'. */
  normalization(word, ours, none) {
    const factor = this.flag('do_rescale') ? this.config.rescale_factor ?? 1 / 255 : 1;
    if (!(Number.isFinite(factor) && factor > 0)) throw this.bad(`rescale_factor is ${JSON.stringify(factor)}, not a number above 0`);
    const told = this.flag('do_normalize') ? this.config[word] ?? this.preset[ours] : none;
    const values = typeof told === 'number' ? [told, told, told] : told;
    if (!Array.isArray(values) || values.length !== 3 || !values.every(Number.isFinite) || (ours === 'std' && !values.every((value) => value > 0))) {
      throw this.bad(`${word} must be three numbers${ours === 'std' ? ' above 0' : ''}, not ${JSON.stringify(told)}`);
    }
    const scale = factor * 255;
    return Math.abs(scale - 1) < 1e-12 ? values : values.map((value) => value / scale);
  }
}

/** The value, or why it cannot be told. */
function attempt(read, from) {
  try {
    return { value: read(), from };
  } catch (error) {
    if (!(error instanceof ConvertError)) throw error;
    return error;
  }
}

/**
 * @param {object} config the parsed image processor
 * @param {number} image the tower's
 * @param {string} path its file
 * @returns {Record<'resize' | 'views' | 'mean' | 'std', {value: unknown, from: string} | ConvertError>}
 */
export function readImageProcessor(config, image, path) {
  const processor = attempt(() => new ImageProcessor(config, image, path), path);
  if (processor instanceof ConvertError) return { resize: processor, views: processor, mean: processor, std: processor };
  const { value: read } = processor;
  return {
    resize: attempt(() => read.resize(), path),
    views: attempt(() => read.views(), path),
    mean: attempt(() => read.normalization('image_mean', 'mean', 0), path),
    std: attempt(() => read.normalization('image_std', 'std', 1), path),
  };
}
