/** Whether this is Node, and its own modules. */

const inBrowser = typeof document !== 'undefined' || typeof WorkerGlobalScope !== 'undefined';

export const onNode = !inBrowser && typeof globalThis.process?.getBuiltinModule === 'function';

/**
 * @template {'worker_threads' | 'url' | 'fs' | 'stream' | 'os' | 'v8'} Name
 * @param {Name} name
 * @returns {NodeModules[`node:${Name}`]}
 */
export const node = (name) => /** @type {NonNullable<typeof process>} */ (globalThis.process).getBuiltinModule(`node:${name}`);

/** Whether a Node may crash where one of its threads ends (nodejs/node#56236). @param {string} version */
export function mayCrash(version) {
  const [major, minor] = version.split('.').map(Number);
  return major < 22 || (major === 22 && minor < 16) || major === 23;
}

/**
 * For a thread that may end at any time, as a worker does. Node before 22.16 crashes as a whole where it ends in the instant in which V8
 * posts it something from the background: that WebAssembly is compiled, or that code which has been optimised since may go. So all is
 * compiled in the thread, also what Node's own fetch and Response compile there, and such a Node keeps the old code, some
 * hundred KiB, until its module goes.
 */
export function endSafely() {
  Reflect.set(WebAssembly, 'compile', async (/** @type {BufferSource} */ bytes) => new WebAssembly.Module(bytes));
  if (mayCrash(/** @type {NonNullable<typeof process>} */ (globalThis.process).versions.node)) node('v8').setFlagsFromString('--no-wasm-code-gc');
}
