import { PerceptError } from '../errors.js';

/**
 * SHA-256 in hex. Browsers give it to secure pages only (https, or localhost).
 * @param {Uint8Array} bytes not shared with another worker
 */
export async function sha256(bytes) {
  const subtle = globalThis.crypto?.subtle;
  if (!subtle) {
    throw new PerceptError('cannot-verify', 'This page is not secure, so the browser gives it no SHA-256 and the weights cannot be verified. Serve it over https or from localhost.');
  }
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
