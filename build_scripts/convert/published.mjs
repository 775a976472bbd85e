/**
 * What the publications of CLIP's family say of towers of known shapes, for files that lie without their configuration.
 */
import { ConvertError, BAD_RECIPE } from './errors.mjs';

/**
 * [width, layers, mlp_width], attention heads, name, patch/picture of every plain vision transformer that OpenAI or open_clip
 * describe, and of those whose weights they publish.
 */
const SHAPES = [
  [384, 12, 1536, 6, 'ViT-S', '32/224 16/224', ''],
  [512, 12, 2048, 8, 'ViT-M', '32/224 16/224', ''],
  [768, 12, 3072, 12, 'ViT-B', '32/224 32/256 18/288 16/224', '32/224 32/256 16/224'],
  [896, 12, 3584, 14, 'ViT-B-plus', '32/256 16/224 16/240', '16/240'],
  [1024, 24, 4096, 16, 'ViT-L', '16/224 16/320 14/224 14/280 14/336', '14/224 14/336'],
  [1280, 32, 5120, 16, 'ViT-H', '16/224 14/224 14/378', '14/224 14/378'],
  [1408, 40, 6144, 16, 'ViT-g', '14/224', '14/224'],
  [1664, 48, 8192, 16, 'ViT-bigG', '14/224 14/378', '14/224 14/378'],
  [1792, 56, 15360, 16, 'ViT-e', '14/224', ''],
];

/** The published family of towers, without regard to patches and pictures. */
function publishedTrunk({ width, layers, mlp_width: mlpWidth }) {
  return SHAPES.find((each) => each[0] === width && each[1] === layers && each[2] === mlpWidth);
}

/**
 * @param {{width: number, layers: number, mlp_width: number, patch: number, image: number}} sizes
 * @returns {{heads: number, name: string} | null}
 */
export function publishedShape(sizes) {
  const [, , , heads, name, grids] = publishedTrunk(sizes) ?? [];
  return grids?.split(' ').includes(`${sizes.patch}/${sizes.image}`) ? { heads, name } : null;
}

/** The mean and standard deviation of CLIP's training pictures, as OpenAI publishes them. */
export const CLIP_NORMALIZATION = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};

function ask(what, words, why) {
  return new ConvertError(BAD_RECIPE, `Nothing tells ${what}, and ${why}; set ${words} in the task's preprocess, or put the publication's `
    + 'preprocessor_config.json or open_clip_config.json beside the weights.');
}

const HOW = 'how pictures are resized';

/** Whatever the tower, both codes make pictures RGB when they are resized and cut. */
const CONVERT = { value: 'after', from: 'the publications of OpenAI\'s CLIP and of open_clip' };

/**
 * CLIP's own preprocessing: bicubic, the shorter side, the centre. Of some shapes weights were published with another one: where
 * all of them have it, that one, and where only some have, or nobody published weights, it is asked for.
 * @param {{width: number, layers: number, mlp_width: number, patch: number, image: number, activation: string}} sizes
 * @returns {Record<'resize' | 'views' | 'mean' | 'std' | 'convert', {value: unknown, from: string} | ConvertError>}
 */
export function publishedPreprocess(sizes) {
  const { width, layers, patch, image, activation } = sizes;
  const [, , , , name, , weights = ''] = publishedTrunk(sizes) ?? [];
  if (!weights.split(' ').includes(`${patch}/${image}`)) {
    const shape = name ?? `tower of width ${width} with ${layers} layers`;
    const why = `no weights are published of a ${shape} with patches of ${patch} on pictures of ${image}`;
    const [resize, normalization] = [ask(HOW, 'resize and views, mean and std', why), ask('mean and std', 'them', why)];
    return { resize, views: resize, mean: normalization, std: normalization, convert: CONVERT };
  }
  const from = 'CLIP\'s publication';
  const words = {
    resize: { value: { shorter: image, interpolation: 'bicubic' }, from },
    views: { value: { center: image }, from },
    mean: { value: CLIP_NORMALIZATION.mean, from },
    std: { value: CLIP_NORMALIZATION.std, from },
    convert: CONVERT,
  };
  if (image === 378) {
    words.resize = { value: { height: image, width: image, interpolation: 'bicubic' }, from: `open_clip's publications of ${name}-14-378` };
  }
  if (name === 'ViT-H' && image === 224 && activation === 'quick_gelu') {
    words.resize = ask(HOW, 'resize', 'of the published ViT-H-14 with quick_gelu, DFN5B squashes them and MetaCLIP cuts the centre out');
  }
  if (name === 'ViT-L' && image === 224 && activation === 'gelu') {
    words.mean = ask('mean and std', 'them', 'of the published ViT-L-14 with gelu, laion2b_s32b_b82k has 0.5 and the others have CLIP\'s');
    words.std = words.mean;
  }
  return words;
}

/** PerceptCLIP's, whose models differ in how pictures are resized, on the normalisation of OpenAI's ViT-L/14. */
export function perceptClipPreprocess() {
  const from = 'the publication of PerceptCLIP';
  const resize = ask(HOW, 'resize and views', 'PerceptCLIP\'s models differ: weights/recipes/perceptclip-l14.json has each one\'s');
  return { resize, views: resize, mean: { value: CLIP_NORMALIZATION.mean, from }, std: { value: CLIP_NORMALIZATION.std, from } };
}
