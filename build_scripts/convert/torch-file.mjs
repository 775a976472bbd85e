/**
 * Reader for PyTorch's files: the zip archives of torch.save (`NAME/data.pkl`, `NAME/data/0`, …), and the
 * TorchScript archives of torch.jit.save, whose data.pkl holds modules with their attributes.
 */
import { ConvertError, BAD_FILE, MISSING_TENSOR, UNSUPPORTED } from './errors.mjs';
import { ELEMENT_BYTES, checkWeightType, elementCount, toFloat32 } from './floats.mjs';
import { isCount } from './json-values.mjs';
import { PickledGlobal, PickledObject, unpickle } from './pickle.mjs';
import { plainNames } from './plain-names.mjs';

/** PyTorch's own GELU among a TorchScript archive's classes. */
const OWN_GELU = /^__torch__\.torch\.nn\.modules\.activation\.(\w+\.)*GELU$/;

const PICKLE_LIMIT = 64 << 20;
const MAX_RANK = 8;
const MAX_DEPTH = 64;
/** Of a TorchScript archive. A module that stands in two places counts twice: a few that name one another make a tree without end. */
const MOST_MODULES = 100_000;

/** torch's storage classes by safetensors' names of their types. */
const STORAGES = {
  'torch.FloatStorage': 'F32', 'torch.HalfStorage': 'F16', 'torch.BFloat16Storage': 'BF16', 'torch.DoubleStorage': 'F64',
  'torch.LongStorage': 'I64', 'torch.IntStorage': 'I32', 'torch.ShortStorage': 'I16', 'torch.CharStorage': 'I8',
  'torch.ByteStorage': 'U8', 'torch.BoolStorage': 'BOOL',
};

const REBUILD_TENSOR = 'torch._utils._rebuild_tensor_v2';
const REBUILD_PARAMETER = 'torch._utils._rebuild_parameter';
const ORDERED = 'collections.OrderedDict';

/** How TorchScript writes typed lists and dictionaries: the call's first argument is the thing itself. */
const SCRIPT_CONTAINERS = [
  'build_intlist', 'build_doublelist', 'build_boollist', 'build_tensorlist', 'restore_type_tag',
].map((name) => `torch.jit._pickle.${name}`);

const CALLS = new Set([REBUILD_TENSOR, REBUILD_PARAMETER, ORDERED, ...SCRIPT_CONTAINERS]);

/** A wrapper that training scripts put around a state dict. */
const STATE_WORDS = ['state_dict', 'model_state_dict', 'model', 'params', 'params_ema', 'net', 'weights'];

/** A tensor where it lies: strides count elements. */
class StoredTensor {
  constructor(storage, offset, shape, strides) {
    Object.assign(this, { storage, offset, shape, strides, dtype: storage.dtype });
  }
}

class Names {
  constructor(label, isScript) {
    this.label = label;
    this.isScript = isScript;
    this.hasGelu = false;
  }

  bad(what) {
    return new ConvertError(BAD_FILE, `${this.label}: ${what}; download or save the file again.`);
  }

  resolve(name) {
    if (OWN_GELU.test(name)) this.hasGelu = true;
    return CALLS.has(name) || Object.hasOwn(STORAGES, name) || (this.isScript && name.startsWith('__torch__.'));
  }

  /** ('storage', class, key, device, elements) */
  persistent(id) {
    const [kind, type, key, , elements] = Array.isArray(id) ? id : [];
    const dtype = type instanceof PickledGlobal && Object.hasOwn(STORAGES, type.name) ? STORAGES[type.name] : null;
    if (kind !== 'storage' || !dtype || typeof key !== 'string' || !/^\d{1,9}$/.test(key) || !isCount(elements)) {
      throw this.bad('a storage is not described as PyTorch does');
    }
    return { dtype, key, elements };
  }

  construct(name, args) {
    if (name === ORDERED) return new Map();
    if (name === REBUILD_PARAMETER) return args[0];
    if (SCRIPT_CONTAINERS.includes(name)) return args[0];
    if (name === REBUILD_TENSOR) return this.tensor(args);
    throw this.bad(`${name} is called, which is no function`);
  }

  /** (storage, offset, size, stride, …). The last element must lie inside the storage. */
  tensor([storage, offset, shape, strides]) {
    const isDescribed = storage?.dtype && isCount(offset) && [shape, strides].every((list) => (
      Array.isArray(list) && list.length <= MAX_RANK && list.every(isCount))) && shape.length === strides.length;
    if (!isDescribed) throw this.bad('a tensor is not described as PyTorch does');
    const count = elementCount(shape);
    const last = offset + shape.reduce((sum, side, axis) => sum + (side - 1) * strides[axis], 0);
    if (!Number.isSafeInteger(count) || (count > 0 && last >= storage.elements) || count > storage.elements) {
      throw this.bad(`a tensor of the shape [${shape}] reaches beyond its storage of ${storage.elements} elements`);
    }
    return new StoredTensor(storage, offset, shape, strides);
  }
}

/** A module's tensors by the path of their attributes. */
function flattenModule(root, label) {
  const tensors = new Map();
  let modules = 0;
  const visit = (object, prefix, depth) => {
    modules += 1;
    if (modules > MOST_MODULES) throw new ConvertError(BAD_FILE, `${label} holds more than ${MOST_MODULES} modules; download or save the file again.`);
    for (const [name, value] of object.attributes) {
      if (value instanceof StoredTensor) tensors.set(prefix + name, value);
      else if (value instanceof PickledObject && depth < MAX_DEPTH) visit(value, `${prefix}${name}.`, depth + 1);
    }
  };
  visit(root, '', 0);
  return tensors;
}

const isTensorDict = (value) => value instanceof Map && [...value.values()].some((item) => item instanceof StoredTensor);

/** Other copies of the same weights, such as their moving average, whatever they are called. */
function copiesOf(root, word) {
  const names = plainNames([...root.get(word).keys()].map(String));
  const isCopy = (value) => isTensorDict(value) && [...plainNames([...value.keys()].map(String)).keys()].some((name) => names.has(name));
  return [...root].filter(([other, value]) => other !== word && isCopy(value)).map(([other]) => String(other));
}

function findStateDict(root, label) {
  if (isTensorDict(root)) return root;
  const words = root instanceof Map ? STATE_WORDS.filter((candidate) => isTensorDict(root.get(candidate))) : [];
  if (words.length === 0) return null;
  const all = [...new Set([...words, ...copiesOf(root, words[0])])];
  if (all.length > 1) {
    throw new ConvertError(UNSUPPORTED, `${label} holds several state dicts (${all.join(', ')}), and nothing tells which one counts; `
      + 'save that one alone.');
  }
  return root.get(words[0]);
}

function listTensors(root, label) {
  if (root instanceof PickledObject) return flattenModule(root, label);
  const tensors = new Map();
  const state = findStateDict(root, label);
  if (!state) {
    throw new ConvertError(UNSUPPORTED, `${label} holds no state dict (names and tensors); save model.state_dict().`);
  }
  for (const [name, value] of state) {
    if (typeof name === 'string' && value instanceof StoredTensor) tensors.set(name, value);
    else if (typeof name !== 'string') throw new ConvertError(BAD_FILE, `${label}: a tensor has no name.`);
  }
  return tensors;
}

function isContiguous({ shape, strides }) {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    if (shape[axis] !== 1 && strides[axis] !== step) return false;
    step *= shape[axis];
  }
  return true;
}

/** Copies a strided view into row-major order. `elements` begins at the view's first element. */
function gather(elements, shape, strides) {
  const result = new elements.constructor(elementCount(shape));
  const index = new Array(shape.length).fill(0);
  let source = 0;
  for (let target = 0; target < result.length; target += 1) {
    result[target] = elements[source];
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      index[axis] += 1;
      source += strides[axis];
      if (index[axis] < shape[axis]) break;
      source -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return result;
}

export class TorchFile {
  /** @param {import('./zip.mjs').ZipArchive} archive */
  constructor(archive, folder, isScript, tensors) {
    this.archive = archive;
    this.label = archive.file.path;
    this.format = isScript ? 'TorchScript' : 'PyTorch zip-pickle';
    this.isScript = isScript;
    /** Whether it names PyTorch's own GELU, which OpenAI's archives do not. */
    this.hasGelu = false;
    this.inside = folder; /* the archive's own top folder */
    /** @type {Map<string, StoredTensor>} */
    this.tensors = tensors;
  }

  /**
   * @param {import('./zip.mjs').ZipArchive} archive
   * @param {string} pickleName the entry `NAME/data.pkl`
   */
  static async parse(archive, pickleName) {
    const { path } = archive.file;
    const folder = pickleName.slice(0, -'data.pkl'.length);
    if (archive.entries.has(`${folder}byteorder`)) {
      const order = new TextDecoder().decode(await archive.readAll(`${folder}byteorder`, 16));
      if (order !== 'little') {
        throw new ConvertError(UNSUPPORTED, `${path} was written on a big-endian machine; save it on another.`);
      }
    }
    const isScript = archive.entries.has(`${folder}constants.pkl`);
    const names = new Names(path, isScript);
    const root = unpickle(await archive.readAll(pickleName, PICKLE_LIMIT), path, {
      resolve: (name) => names.resolve(name),
      construct: (name, args) => names.construct(name, args),
      persistent: (id) => names.persistent(id),
    });
    const file = new TorchFile(archive, folder, isScript, listTensors(root, path));
    file.hasGelu = names.hasGelu;
    for (const { storage } of file.tensors.values()) file.checkStorage(storage);
    return file;
  }

  checkStorage({ key, elements, dtype }) {
    const entry = this.archive.find(`${this.inside}data/${key}`);
    if (entry.size !== elements * ELEMENT_BYTES[dtype]) {
      throw new ConvertError(BAD_FILE, `${this.label}: storage ${key} should have ${elements} elements of ${dtype}, but it `
        + `has ${entry.size} bytes; download the file again.`);
    }
  }

  /**
   * @param {string} name
   * @returns {Promise<Float32Array>} row-major
   */
  async read(name) {
    const tensor = this.tensors.get(name);
    if (!tensor) throw new ConvertError(MISSING_TENSOR, `${this.label} has no tensor ${name}.`);
    const { dtype, shape, strides, offset, storage } = tensor;
    checkWeightType(tensor, name, this.label);
    const size = ELEMENT_BYTES[dtype];
    const span = elementCount(shape) === 0 ? 0 : 1 + shape.reduce((sum, side, axis) => sum + (side - 1) * strides[axis], 0);
    const bytes = await this.archive.readPart(`${this.inside}data/${storage.key}`, offset * size, span * size);
    const floats = toFloat32(dtype, bytes);
    return isContiguous(tensor) ? floats : gather(floats, shape, strides);
  }

  async close() {
    await this.archive.file.close();
  }
}
