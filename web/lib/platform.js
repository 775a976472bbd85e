/**
 * Where a browser and Node differ, and nothing else: workers, files behind fetch, how many processors.
 * Everything above this file is the same code in both.
 */
import { PerceptError, messageOf } from './errors.js';
import { isBlob, isUrl } from './realms.js';

const inBrowser = typeof document !== 'undefined' || typeof WorkerGlobalScope !== 'undefined';

export const onNode = !inBrowser && typeof globalThis.process?.getBuiltinModule === 'function';

/**
 * @template {'worker_threads' | 'url' | 'fs' | 'stream' | 'os'} Name
 * @param {Name} name
 * @returns {NodeModules[`node:${Name}`]}
 */
const node = (name) => /** @type {NonNullable<typeof process>} */ (globalThis.process).getBuiltinModule(`node:${name}`);

/** The browser's, absent in the workers of some. */
const PageWorker = globalThis.Worker ?? /** @type {typeof globalThis.Worker} */ (class {});

/** A page's worker: its address is vouched for where the page asks for that, and what forbids it is said. */
class OwnWorker extends PageWorker {
  /** @param {URL} url @param {WorkerOptions} options */
  constructor(url, options) {
    try {
      super(vouchFor(url), options);
    } catch (cause) {
      throw new PerceptError('engine-unreachable', `The browser does not let this page start Percept's worker: ${messageOf(cause)} The worker's file must be of the page's own origin, and the page's policy must allow it: worker-src 'self', and trusted-types percept where types are required.`, { cause });
    }
  }
}

/**
 * The Worker of this platform; in Node it is worker_threads', which loads the same files.
 * @type {new (url: URL, options: {type: 'module'}) => Worker}
 */
export const Worker = onNode ? node('worker_threads').Worker : OwnWorker;

/** @type {TrustedTypePolicy | undefined} */
let policy;

/** The address of one of our own files, in the type that a page with Trusted Types takes. @param {URL} url */
function vouchFor(url) {
  try {
    policy ??= globalThis.trustedTypes?.createPolicy('percept', { createScriptURL: (address) => address });
  } catch {
    // The page's list of policies lacks ours; whether it minds is for the browser to say.
  }
  return policy ? policy.createScriptURL(String(url)) : url;
}

/** Milliseconds that a worker waits for its lock, which takes few of them, before it speaks. */
const LOCK_PATIENCE = 1000;

/**
 * A browser that ends a worker, for its memory say, tells nobody. So each worker holds a lock as long as it lives, and its
 * page waits for that lock. Where there are none (plain HTTP, an origin of its own) such an end goes unnoticed.
 * Browsers do not freeze pages that hold one.
 */
function holdLock() {
  const name = `percept worker ${crypto.randomUUID()}`;
  return new Promise((/** @type {(value?: unknown) => void} */ resolve) => {
    const hold = () => {
      send({ heldLock: name });
      resolve();
      return new Promise(() => {});
    };
    navigator.locks.request(name, hold).catch(resolve);
    setTimeout(resolve, LOCK_PATIENCE);
  });
}

/** @param {string} name @param {() => void} onFree */
function awaitLock(name, onFree) {
  navigator.locks.request(name, onFree).catch(() => {});
}

/** Firefox collects, and so ends, an idle worker whose object only its own handlers refer to. */
/** @type {Set<Worker>} */
const living = new Set();

/**
 * One shape for both kinds of worker. It lives until it is terminated.
 * @param {Worker} worker
 * @param {{onMessage: (data: any) => void, onFailure: (reason: string) => void}} handlers
 *   onFailure: the worker could not start, threw outside of a call, or ended by itself
 */
export function connect(worker, { onMessage, onFailure }) {
  living.add(worker);
  const inNode = /** @type {NodeWorker} */ (worker);
  if (onNode) {
    inNode.on('message', onMessage);
    inNode.on('error', (error) => onFailure(error.message));
    inNode.on('exit', () => onFailure('the worker ended'));
  } else {
    worker.onmessage = ({ data }) => {
      if (data.heldLock) awaitLock(data.heldLock, () => onFailure('the browser ended it'));
      else onMessage(data);
    };
    worker.onmessageerror = () => onFailure('a message could not be read');
    worker.onerror = (event) => {
      event.preventDefault();
      onFailure(event.message || 'the worker could not start');
    };
  }
  return {
    post: (/** @type {unknown} */ message, /** @type {Transferable[]} */ owned = []) => worker.postMessage(message, owned),
    terminate: () => {
      living.delete(worker);
      worker.terminate();
    },
    /** Whether the worker alone keeps a Node process running; pages have no such thing. */
    keepAlive: (/** @type {boolean} */ wanted) => onNode && (wanted ? inNode.ref() : inNode.unref()),
  };
}

/** Inside a worker that waits for its lock: what is said when it has it; else null. @type {Parameters<typeof send>[] | null} */
let unsaid = null;

/** @param {unknown} message @param {Transferable[]} [owned] what goes over without a copy */
function send(message, owned = []) {
  (onNode ? node('worker_threads').parentPort : /** @type {Pick<Worker, 'postMessage'>} */ (globalThis)).postMessage(message, owned);
}

/** Inside a worker: the other end. */
export const host = {
  /** @type {typeof send} */
  post(message, owned) {
    if (unsaid) unsaid.push([message, owned]);
    else send(message, owned);
  },
  /**
   * Hears at once. What is posted before this resolves goes out then: the other end would learn of this worker's end, too.
   * @param {(message: any) => void} handler
   */
  async listen(handler) {
    if (onNode) {
      node('worker_threads').parentPort.on('message', handler);
    } else {
      globalThis.onmessage = (event) => handler(event.data);
      if (!navigator.locks) return;
      unsaid = [];
      await holdLock();
      for (const said of unsaid) send(...said);
      unsaid = null;
    }
  },
};

/**
 * A picture that can be sent to a worker: Node refuses to send a Blob that stands for a file, so there its bytes are read.
 * @template Source
 * @param {Source} source
 * @returns {Promise<Source | Blob>}
 * @throws {PerceptError} 'unreadable-picture'
 */
export async function sendable(source) {
  if (!onNode || !isBlob(source)) return source;
  try {
    return new Blob([await source.arrayBuffer()], { type: source.type });
  } catch (cause) {
    throw new PerceptError('unreadable-picture', `The picture's file could not be read: ${messageOf(cause)}.`, { cause });
  }
}

/**
 * An absolute URL for what a caller wrote: relative to the page, or in Node a path on disk.
 * @param {string | URL} location
 * @throws {PerceptError} 'bad-argument'
 */
export function resolveLocation(location) {
  const isAddress = (typeof location === 'string' && location !== '') || isUrl(location);
  if (!isAddress) throw new PerceptError('bad-argument', `${location === '' ? 'The empty text' : `A value of type ${typeof location}`} is no address.`);
  try {
    return absolute(String(location));
  } catch (cause) {
    throw new PerceptError('bad-argument', `The address '${location}' is not one that can be understood.`, { cause });
  }
}

/** @param {string} text */
function absolute(text) {
  if (!onNode) return new URL(text, globalThis.document?.baseURI ?? globalThis.location.href).href;
  const hasScheme = /^[a-z][a-z0-9+.-]+:/i.test(text);
  return hasScheme ? new URL(text).href : node('url').pathToFileURL(text).href;
}

/** @typedef {{headers?: Record<string, string>, signal?: AbortSignal, cache?: RequestCache}} Init */

/** fetch, which in Node reads file: URLs too. @param {string | URL} url @param {Init} [init] */
export function fetchLocation(url, init = {}) {
  return onNode && String(url).startsWith('file:') ? fetchFile(url, init) : fetch(url, init);
}

/**
 * A file as the Response that a server would give: 404, a range from an offset, a stream.
 * @param {string | URL} url @param {Init} init
 */
async function fetchFile(url, { headers = {}, signal }) {
  signal?.throwIfAborted();
  const path = node('url').fileURLToPath(url);
  const file = await node('fs').promises.stat(path).catch(() => null);
  if (!file?.isFile()) return new Response(null, { status: 404 });
  const start = Number(/^bytes=(\d+)-$/.exec(headers.Range ?? '')?.[1] ?? 0);
  if (start > 0 && start >= file.size) return new Response(null, { status: 416 });
  const stream = node('fs').createReadStream(path, { start, signal, highWaterMark: 1 << 18 });
  stream.on('error', () => {}); // an aborted stream may fail after its reader has gone, which must not end the thread
  return new Response(node('stream').Readable.toWeb(stream), {
    status: start > 0 ? 206 : 200,
    headers: {
      'Content-Length': String(file.size - start),
      ...(start > 0 && { 'Content-Range': `bytes ${start}-${file.size - 1}/${file.size}` }),
    },
  });
}

/** Logical processors, at least 1. */
export function processorCount() {
  const count = onNode ? node('os').availableParallelism() : globalThis.navigator?.hardwareConcurrency;
  return Math.max(1, count ?? 1);
}

/** Whether memory may be shared between workers: a page needs COOP and COEP for that, Node does not. */
export function canShareMemory() {
  return typeof SharedArrayBuffer === 'function' && (onNode || globalThis.crossOriginIsolated === true);
}

/** Asks the browser not to throw this origin's storage away when space is short. It may ask its user; nothing waits. */
export function askToPersist() {
  globalThis.navigator?.storage?.persist?.().catch(() => {});
}
