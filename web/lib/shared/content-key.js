/** What a picture is known by in files: the SHA-256 of its content. */

const SHA256 = /^[0-9a-f]{64}$/;

/** Whether a key is a content's hash. @param {unknown} key @returns {key is string} */
export const isContentKey = (key) => typeof key === 'string' && SHA256.test(key);
