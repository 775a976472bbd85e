/** Where a manifest comes from: the network, or the copy on this device when the network is away. */
import { PerceptError, throwIfAborted } from '../errors.js';
import { fetchBytes } from './fetch.js';
import { sha256 } from './hash.js';
import { parseJson } from './json.js';
import { linkedController } from './linked.js';
import { validateManifest } from './manifest.js';
import { PATIENCE, Retries } from './retries.js';

/** @import {Bytes, FoundManifest, Patience} from './types.d.ts' */

const MOST_MANIFEST_BYTES = 4 << 20;

/** Milliseconds after which a copy on this device is taken, while the network says nothing. */
const OFFLINE_PATIENCE = 4000;

/**
 * @param {string} url of the folder or of its model.json
 * @param {object} [options]
 * @param {AbortSignal} [options.signal]
 * @param {string} [options.integrity] what the file must be: 'sha256-' and its hash in base64
 * @param {(url: string) => Promise<string | null>} [options.recall] the copy on this device
 * @param {Patience} [options.patience]
 * @returns {Promise<FoundManifest>}
 */
export async function fetchManifest(url, { signal, integrity, recall = async () => null, patience = PATIENCE } = {}) {
  const location = manifestLocation(url);
  const pinned = integrity === undefined ? null : readIntegrity(integrity);
  const copy = recall(location).catch(() => null);
  if (pinned) {
    const kept = await copy;
    if (kept !== null && await sha256(encode(kept)) === pinned) return describe(location, kept, false);
  }
  const { bytes, offline } = await freshOrCopy(location, { signal, copy, patience });
  if (pinned && await sha256(bytes) !== pinned) {
    throw new PerceptError('manifest-integrity', `${location} is not the model that this page asks for: its SHA-256 is another. Update the page's integrity if the model was meant to change.`);
  }
  return describe(location, decode(location, bytes), offline);
}

/** model.json's address, for that of the folder. @param {string} url */
export function manifestLocation(url) {
  const location = new URL(url);
  if (!location.pathname.endsWith('.json')) {
    if (!location.pathname.endsWith('/')) location.pathname += '/';
    location.pathname += 'model.json';
  }
  return location.href;
}

/** The hash in hex. @param {string} integrity */
function readIntegrity(integrity) {
  const [, base64] = /^sha256-([A-Za-z0-9+/]{43}=)$/.exec(integrity) ?? [];
  if (!base64) throw new PerceptError('bad-argument', "integrity must be 'sha256-' and the hash of model.json in base64.");
  return Array.from(atob(base64), (character) => character.charCodeAt(0).toString(16).padStart(2, '0')).join('');
}

/**
 * @param {string} location
 * @param {{signal?: AbortSignal, copy: Promise<string | null>, patience: Patience}} options
 * @returns {Promise<{bytes: Bytes, offline: boolean}>}
 */
async function freshOrCopy(location, { signal, copy, patience }) {
  const retries = new Retries(patience, signal);
  for (;;) {
    const { controller: late, release } = linkedController(signal);
    const timer = setTimeout(async () => {
      if (await copy !== null) late.abort();
    }, OFFLINE_PATIENCE);
    try {
      const bytes = await fetchBytes(location, {
        signal: late.signal, name: 'model.json', most: MOST_MANIFEST_BYTES, cache: 'no-cache', stall: patience.stall,
      });
      return { bytes, offline: false };
    } catch (error) {
      throwIfAborted(signal);
      const away = (error instanceof PerceptError && error.code === 'network') || late.signal.aborted;
      const kept = away ? await copy : null;
      if (kept !== null) return { bytes: encode(kept), offline: true };
      await retries.after(error);
    } finally {
      clearTimeout(timer);
      release();
    }
  }
}

/** @param {string} text */
function encode(text) {
  return new TextEncoder().encode(text);
}

/** @param {string} location @param {Bytes} bytes */
function decode(location, bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw notJson(location, cause);
  }
}

/** @param {string} location @param {string} text @param {boolean} offline @returns {FoundManifest} */
function describe(location, text, offline) {
  let manifest;
  try {
    manifest = parseJson(text);
  } catch (cause) {
    throw notJson(location, cause);
  }
  return { manifest: validateManifest(manifest), text, base: location, offline };
}

/** @param {string} location @param {unknown} cause */
function notJson(location, cause) {
  return new PerceptError('manifest-invalid', `${location} is not JSON. Is this the address of a Percept model?`, { cause });
}
