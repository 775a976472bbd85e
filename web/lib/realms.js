/**
 * What a value is, whichever window made it: an iframe's Blob is no instance of this window's class. Asked by a getter that
 * answers for the real thing alone, and cannot be deceived by a prototype or a name.
 */

/** @param {object} prototype @param {PropertyKey} property of it, a getter */
function getterOf(prototype, property) {
  const { get } = /** @type {Required<PropertyDescriptor>} */ (Object.getOwnPropertyDescriptor(prototype, property));
  return (/** @type {unknown} */ value) => {
    try {
      return get.call(value);
    } catch {
      return undefined;
    }
  };
}

const blobSize = getterOf(Blob.prototype, 'size');
const fileName = getterOf(File.prototype, 'name');
const urlText = getterOf(URL.prototype, 'href');
const arrayKind = getterOf(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag);

/** A Blob or File. @param {unknown} value @returns {value is Blob} */
export const isBlob = (value) => blobSize(value) !== undefined;

/** @param {unknown} value @returns {value is File} */
export const isFile = (value) => fileName(value) !== undefined;

/** @param {unknown} value @returns {value is URL} */
export const isUrl = (value) => urlText(value) !== undefined;

/** @param {unknown} value @returns {value is Uint8Array} */
export const isBytes = (value) => arrayKind(value) === 'Uint8Array';

/** @param {unknown} value @returns {value is Float32Array} */
export const isFloats = (value) => arrayKind(value) === 'Float32Array';

/** @param {unknown} value @returns {value is Uint8ClampedArray<ArrayBuffer>} */
export const isClampedBytes = (value) => arrayKind(value) === 'Uint8ClampedArray';
