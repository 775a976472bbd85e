/** Workers of a browser and of Node, which load the same files and speak alike. */
import { PerceptError, messageOf } from '../errors.js';
import { endSafely, node, onNode } from './node.js';

/**
 * A handler for each type of message.
 * @template {{type: string}} Message
 * @typedef {{[Type in Message['type']]: (message: Extract<Message, {type: Type}>) => void}} Hearing
 */

/** @template {{type: string}} Message @param {Hearing<Message>} handlers @returns {(message: Message) => void} */
export const byType = (handlers) => (message) => handlers[/** @type {Message['type']} */ (message.type)](/** @type {any} */ (message));

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
      send({ type: 'lock', name });
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
      if (data.type === 'lock') awaitLock(data.name, () => onFailure('the browser ended it'));
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
      endSafely();
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
