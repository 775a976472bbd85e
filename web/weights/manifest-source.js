/** Where a manifest comes from: the network, or the copy on this device when the network is away. */
import { PerceptError, throwIfAborted } from '../errors.js';
import { fetchBytes } from './fetch.js';
import { sha256 } from './hash.js';
import { parseJson } from './json.js';
import { linkedController } from './linked.js';
import { validateManifest } from './manifest.js';
import { PATIENCE, Retries } from './retries.js';

const MOST_MANIFEST_BYTES = 4 << 20;

/** Milliseconds after which a copy on this device is taken, while the network says nothing. */
const OFFLINE_PATIENCE = 4000;

/**
 * @typedef {object} FoundManifest
 * @property {object} manifest checked
 * @property {string} text model.json as it came
 * @property {string} base the URL that shards are relative to, model.json's own
 * @property {boolean} offline the network was away, and this is the copy of the last visit
 *
 * @param {string} url of the folder or of its model.json
 * @param {object} [options]
 * @param {AbortSignal} [options.signal]
 * @param {string} [options.integrity] what the file must be: 'sha256-' and its hash in base64
 * @param {(url: string) => Promise<string | null>} [options.recall] the copy on this device
 * @param {object} [options.patience] as in retries.js
 * @returns {Promise<FoundManifest>}
 */
export async function fetchManifest(url, { signal, integrity, recall = async () => null, patience = PATIENCE } = {}) {
  const location = manifestLocation(url);
  const pinned = integrity === undefined ? null : readIntegrity(integrity);
  const copy = recall(location).catch(() => null);
  if (pinned && await copy !== null && await sha256(encode(await copy)) === pinned) {
    return describe(location, await copy, false);
  }
  const { bytes, offline } = await freshOrCopy(location, { signal, copy, patience });
  if (pinned && await sha256(bytes) !== pinned) {
    throw new PerceptError('manifest-integrity', `${location} is not the model that this page asks for: its SHA-256 is another. Update the page's integrity if the model was meant to change.`);
  }
  return describe(location, decode(location, bytes), offline);
}

/** model.json's address, for that of the folder. */
export function manifestLocation(url) {
  const location = new URL(url);
  if (!location.pathname.endsWith('.json')) {
    if (!location.pathname.endsWith('/')) location.pathname += '/';
    location.pathname += 'model.json';
  }
  return location.href;
}

/** The hash in hex. */
function readIntegrity(integrity) {
  const [, base64] = /^sha256-([A-Za-z0-9+/]{43}=)$/.exec(integrity) ?? [];
  if (!base64) throw new PerceptError('bad-argument', "integrity must be 'sha256-' and the hash of model.json in base64.");
  return Array.from(atob(base64), (character) => character.charCodeAt(0).toString(16).padStart(2, '0')).join('');
}

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
      const away = error.code === 'network' || late.signal.aborted;
      if (away && await copy !== null) return { bytes: encode(await copy), offline: true };
      await retries.after(error);
    } finally {
      clearTimeout(timer);
      release();
    }
  }
}

function encode(text) {
  return new TextEncoder().encode(text);
}

function decode(location, bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw notJson(location, cause);
  }
}

function describe(location, text, offline) {
  let manifest;
  try {
    manifest = parseJson(text);
  } catch (cause) {
    throw notJson(location, cause);
  }
  return { manifest: validateManifest(manifest), text, base: location, offline };
}

function notJson(location, cause) {
  return new PerceptError('manifest-invalid', `${location} is not JSON. Is this the address of a Percept model?`, { cause });
}
