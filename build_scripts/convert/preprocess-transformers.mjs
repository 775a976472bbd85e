/**
 * transformers' preprocessor_config.json (of 2021 and of 2023) and the image_processor in processor_config.json (transformers 5):
 * what its image processors do to a picture, in our words. A word that cannot be obeyed is refused by name, once it is needed.
 */
import { ConvertError, BAD_FILE, UNSUPPORTED } from './errors.mjs';
import { isAbsent, isCount, isEmpty } from './json-values.mjs';
import { leftTo } from './origins.mjs';
import { CLIP_NORMALIZATION } from './published.mjs';

const HALF = { image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] };
const WHOLE = { size: { height: 224, width: 224 }, do_center_crop: false, ...HALF };

/**
 * What the classes do where the file leaves a word out. `square` tells what a size of one number means: both sides, or the shorter one;
 * versions of transformers differ on SigLIP's.
 */
const CLASSES = [
  [/^CLIP(FeatureExtractor|ImageProcessor(Fast|Pil)?)$/, {
    size: { shortest_edge: 224 }, resample: 3, do_center_crop: true, crop_size: { height: 224, width: 224 },
    image_mean: CLIP_NORMALIZATION.mean, image_std: CLIP_NORMALIZATION.std, square: false,
  }],
  [/^ViT(FeatureExtractor|ImageProcessor(Fast|Pil)?)$/, { ...WHOLE, resample: 2, square: true }],
  [/^SiglipImageProcessor(Fast|Pil)?$/, { ...WHOLE, resample: 3 }],
];
const ALL = { do_resize: true, do_rescale: true, rescale_factor: 1 / 255, do_normalize: true };

const FILTERS = ['nearest', 'lanczos', 'bilinear', 'bicubic'];

/** Words that are read below, and words that no picture notices. */
const READ = [
  'image_processor_type', 'feature_extractor_type', 'do_resize', 'size', 'resample', 'do_center_crop', 'crop_size', 'do_rescale', 'rescale_factor',
  'do_normalize', 'image_mean', 'image_std', 'default_to_square',
];
const HARMLESS = [
  'processor_class', 'do_convert_rgb', 'data_format', 'input_data_format', 'device', 'return_tensors', 'disable_grouping',
  'image_seq_length', '_valid_processor_keys', 'transformers_version', '_name_or_path', '_processor_class', 'use_fast', 'backend',
];
const KNOWN = new Set([...READ, ...HARMLESS]);

/** Pixels of a side. */
const isSide = (value) => isCount(value) && value >= 1;

class ImageProcessor {
  constructor(config, path) {
    this.config = config;
    this.path = path;
    /** Words that the file leaves to the class, since they were last asked for. */
    this.left = new Set();
    if (config === null || typeof config !== 'object' || Array.isArray(config)) throw this.bad('the image processor is no JSON object');
    /* CLIP's is what transformers takes for CLIP where no class is named */
    this.type = config.image_processor_type ?? config.feature_extractor_type ?? 'CLIPImageProcessor';
    this.own = typeof this.type === 'string' ? CLASSES.find(([pattern]) => pattern.test(this.type))?.[1] : undefined;
    if (!isEmpty(config.auto_map)) throw this.refuse(`auto_map names code that comes with the model (${Object.values(config.auto_map).flat().join(', ')}), which is not run here`);
    if (!this.own) throw this.refuse(`the image processor ${JSON.stringify(this.type)} is not known here`);
    this.own = { ...ALL, ...this.own };
    const unknown = Object.entries(config).find(([word, value]) => !KNOWN.has(word) && !isEmpty(value));
    if (unknown) throw this.refuse(`${unknown[0]} is ${JSON.stringify(unknown[1])}, which is not known here`);
  }

  refuse(what) {
    return new ConvertError(UNSUPPORTED, `${this.path}: ${what}; set the task's preprocess in the recipe to what it means.`);
  }

  bad(what) {
    return new ConvertError(BAD_FILE, `${this.path}: ${what}; correct it, or set the task's preprocess in the recipe.`);
  }

  /** What the file says, else what the class does, which is noted. */
  take(word) {
    const value = this.config[word];
    if (value === null) throw this.bad(`${word} is null, which transformers refuses, or in some versions replaces by a value of its own`);
    if (value !== undefined) return value;
    if (this.own[word] === undefined) throw this.bad(`${word} is missing, and ${this.type} has none of its own`);
    this.left.add(word);
    return this.own[word];
  }

  /** A switch. Null is off, as to Python. */
  flag(word) {
    const value = this.config[word] === null ? false : this.take(word);
    if (typeof value !== 'boolean') throw this.bad(`${word} is ${JSON.stringify(value)}, not true or false`);
    return value;
  }

  filter() {
    const number = this.take('resample');
    if (Number.isInteger(number) && FILTERS[number]) return FILTERS[number];
    throw this.refuse(`resample is ${JSON.stringify(number)}, and filters other than 0 to 3 (nearest, lanczos, bilinear, bicubic) are not computed here`);
  }

  /** {shorter} or {height, width}, of `size` or `crop_size` in any form but one number. */
  sides(word, value) {
    const { shortest_edge: shorter, height, width, ...others } = Array.isArray(value) ? { height: value[0], width: value[1], ...value.slice(2) } : Object(value);
    const isOther = !Object.values(others).every(isAbsent);
    if (!isOther && isSide(shorter) && isAbsent(height) && isAbsent(width)) return { shorter };
    if (!isOther && isAbsent(shorter) && isSide(height) && isSide(width) && (!Array.isArray(value) || height === width)) return { height, width };
    throw this.refuse(`${word} is ${JSON.stringify(value)}, which is not computed here`);
  }

  size() {
    const value = this.take('size');
    if (!isSide(value)) return this.sides('size', value);
    const square = this.config.default_to_square ?? this.own.square;
    if (square === undefined || square !== this.own.square) {
      const told = isAbsent(this.config.default_to_square) ? '' : ` and default_to_square is ${JSON.stringify(square)}`;
      throw this.refuse(`size is ${value}${told}, of which some versions of transformers make the shorter side and some both sides, so that it is not obeyed here`);
    }
    return square ? { height: value, width: value } : { shorter: value };
  }

  crop() {
    const value = this.take('crop_size');
    const { height, width } = isSide(value) ? { height: value, width: value } : this.sides('crop_size', value);
    if (height === undefined) throw this.refuse(`crop_size is ${JSON.stringify(value)}, which names no height and width`);
    if (height !== width) throw this.refuse(`crop_size is ${JSON.stringify(value)}, and only square views are computed here`);
    return height;
  }

  resize() {
    if (!this.flag('do_resize')) throw this.refuse(`do_resize is ${this.config.do_resize}: pictures keep their own size, which a tower cannot take`);
    return { ...this.size(), interpolation: this.filter() };
  }

  views() {
    const { shorter, height, width } = this.size();
    if (!this.flag('do_center_crop')) {
      if (shorter !== undefined || height !== width) throw this.refuse('do_center_crop is off, and size leaves pictures that are not square, which a tower cannot take');
      return { center: height };
    }
    const center = this.crop();
    const isWhole = height === center && width === center;
    if (!this.own.do_center_crop && !isWhole) {
      throw this.refuse(`do_center_crop is true, which some versions of transformers pass over in a ${this.type}, so that it is not obeyed here`);
    }
    if (center > (shorter ?? Math.min(height, width))) throw this.refuse('crop_size is larger than size, which puts black around every picture: that is not computed here');
    return { center, ...(!isWhole && { rounding: 'down' }) };
  }

  /** (pixel · factor - mean) / std, as (pixel / 255 - mean') / std'. */
  normalization(word, none) {
    const isDeviation = word === 'image_std';
    const factor = this.flag('do_rescale') ? this.take('rescale_factor') : 1;
    if (!(Number.isFinite(factor) && factor > 0)) throw this.bad(`rescale_factor is ${JSON.stringify(factor)}, not a number above 0`);
    const told = this.flag('do_normalize') ? this.take(word) : none;
    const values = typeof told === 'number' ? [told, told, told] : told;
    if (!Array.isArray(values) || values.length !== 3 || !values.every(Number.isFinite) || (isDeviation && !values.every((value) => value > 0))) {
      throw this.bad(`${word} must be three numbers${isDeviation ? ' above 0' : ''}, not ${JSON.stringify(told)}`);
    }
    const scale = factor * 255;
    return Math.abs(scale - 1) < 1e-12 ? values : values.map((value) => value / scale);
  }

  /** The value and who says it, or why it cannot be told. */
  attempt(read) {
    this.left.clear();
    try {
      const value = read(this);
      return { value, from: this.left.size > 0 ? leftTo(this.path, this.type, [...this.left]) : this.path, path: this.path };
    } catch (error) {
      if (!(error instanceof ConvertError)) throw error;
      return error;
    }
  }
}

function openProcessor(config, path) {
  try {
    return new ImageProcessor(config, path);
  } catch (error) {
    if (!(error instanceof ConvertError)) throw error;
    return error;
  }
}

/**
 * @param {unknown} config the parsed image processor
 * @param {string} path its file
 * @returns {Record<'resize' | 'views' | 'mean' | 'std', {value: unknown, from: string, path: string} | ConvertError>}
 */
export function readImageProcessor(config, path) {
  const processor = openProcessor(config, path);
  if (processor instanceof ConvertError) return { resize: processor, views: processor, mean: processor, std: processor };
  return {
    resize: processor.attempt((each) => each.resize()),
    views: processor.attempt((each) => each.views()),
    mean: processor.attempt((each) => each.normalization('image_mean', 0)),
    std: processor.attempt((each) => each.normalization('image_std', 1)),
  };
}
