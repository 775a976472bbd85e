/**
 * The sizes of a tower, read from the shapes of its tensors, and the shape that every one must then have.
 */
import { ConvertError, MISSING_TENSOR, UNSUPPORTED, WRONG_SHAPE } from './errors.mjs';
import { checkWeightType } from './floats.mjs';

/** Beyond any published tower, and small enough that no product of two sizes leaves 2^53. */
const SIZE_LIMIT = 65536;

const ADVICE = 'the file is damaged or of another model, so download or save it again, or name another base.path.';

function shapeOf(checkpoint, source, neutral) {
  const tensor = checkpoint.tensors.get(source.name);
  if (!tensor && checkpoint.tensors.has(source.name.replace(/\.(weight|bias)$/, '.base_layer.$1'))) {
    throw new ConvertError(UNSUPPORTED, `${checkpoint.label} has an adapter inside its layers (${source.name.replace(/\.(weight|bias)$/, '.base_layer.$1')}); save the model without it and the `
      + 'adapter alone with PEFT, or the two merged (merge_and_unload).');
  }
  if (!tensor) {
    throw new ConvertError(MISSING_TENSOR, `${checkpoint.label} lacks ${source.name} (${neutral}); the file is `
      + 'incomplete or of another model: download or save it again, or name another base.path.');
  }
  return source.transpose ? [...tensor.shape].reverse() : tensor.shape;
}

function readSide(checkpoint, tensors, neutral, rank, axis) {
  const source = tensors.get(neutral);
  const shape = shapeOf(checkpoint, source, neutral);
  if (shape.length !== rank || !(shape[axis] >= 1 && shape[axis] <= SIZE_LIMIT)) {
    throw new ConvertError(WRONG_SHAPE, `${source.name} in ${checkpoint.label} has the shape [${shape}]; `
      + `${rank} sides of 1 to ${SIZE_LIMIT} are expected; ${ADVICE}`);
  }
  return shape[axis];
}

function measureImage(checkpoint, tensors, patch) {
  const rows = readSide(checkpoint, tensors, 'embeddings.position', 2, 0);
  const grid = Math.round(Math.sqrt(rows - 1));
  if (grid < 1 || grid * grid !== rows - 1) {
    throw new ConvertError(WRONG_SHAPE, `${tensors.get('embeddings.position').name} has ${rows} rows; one for the class `
      + `token and one for each patch of a square picture are expected; ${ADVICE}`);
  }
  return grid * patch;
}

/** Elements per dimension of each neutral tensor, as PyTorch shapes them. */
function expectedShape(neutral, { width, mlp_width: mlpWidth, patch, image, embedding }) {
  if (neutral === 'embeddings.position') return [1 + (image / patch) ** 2, width];
  if (neutral === 'embeddings.patch.weight') return [width, 3, patch, patch];
  if (neutral === 'projection.weight') return [embedding, width];
  if (neutral.endsWith('mlp.fc1.weight')) return [mlpWidth, width];
  if (neutral.endsWith('mlp.fc1.bias')) return [mlpWidth];
  if (neutral.endsWith('mlp.fc2.weight')) return [width, mlpWidth];
  return neutral.includes('attention.') && neutral.endsWith('.weight') ? [width, width] : [width];
}

/** Checks one source against its neutral shape; `rows` says that it is part of a packed matrix. */
function checkShape(checkpoint, neutral, source, expected) {
  const shape = shapeOf(checkpoint, source, neutral);
  checkWeightType(checkpoint.tensors.get(source.name), source.name, checkpoint.label);
  const stored = source.rows ? [source.rows.of, ...expected.slice(1)] : expected;
  if (shape.length !== stored.length || shape.some((side, axis) => side !== stored[axis])) {
    throw new ConvertError(WRONG_SHAPE, `${source.name} in ${checkpoint.label} has the shape `
      + `[${source.transpose ? [...shape].reverse() : shape}], but this tower needs `
      + `[${source.transpose ? [...stored].reverse() : stored}]; ${ADVICE}`);
  }
}

/**
 * @param {object} checkpoint
 * @param {Map<string, object>} tensors neutral name -> source
 * @returns {{sizes: object, tensors: Map<string, object>}} each source with its neutral shape
 */
export function measureTower(checkpoint, tensors) {
  const width = readSide(checkpoint, tensors, 'embeddings.patch.weight', 4, 0);
  const patch = readSide(checkpoint, tensors, 'embeddings.patch.weight', 4, 2);
  const layers = [...tensors.keys()].filter((name) => name.endsWith('.norm1.weight')).length;
  if (layers === 0) throw new ConvertError(MISSING_TENSOR, `${checkpoint.label} has no transformer layer.`);
  const sizes = {
    width,
    layers,
    mlp_width: readSide(checkpoint, tensors, 'blocks.0.mlp.fc1.weight', 2, 0),
    patch,
    image: measureImage(checkpoint, tensors, patch),
    embedding: tensors.has('projection.weight') ? readSide(checkpoint, tensors, 'projection.weight', 2, 0) : 0,
  };
  const shaped = new Map();
  for (const [neutral, source] of tensors) {
    const shape = expectedShape(neutral, sizes);
    checkShape(checkpoint, neutral, source, shape);
    shaped.set(neutral, { ...source, shape });
  }
  return { sizes, tensors: shaped };
}
