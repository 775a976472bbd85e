/** Whether this is Node, and its own modules. */

const inBrowser = typeof document !== 'undefined' || typeof WorkerGlobalScope !== 'undefined';

export const onNode = !inBrowser && typeof globalThis.process?.getBuiltinModule === 'function';

/**
 * @template {'worker_threads' | 'url' | 'fs' | 'stream' | 'os'} Name
 * @param {Name} name
 * @returns {NodeModules[`node:${Name}`]}
 */
export const node = (name) => /** @type {NonNullable<typeof process>} */ (globalThis.process).getBuiltinModule(`node:${name}`);
