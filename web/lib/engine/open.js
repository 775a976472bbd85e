/** From a manifest to a tower that may be trusted: choice of build, known-answer test, memory. */
import { PerceptError, throwIfAborted } from '../errors.js';
import { candidateBuilds } from './builds.js';
import { compileModule } from '../wasm.js';
import { threadCount } from './thread-count.js';
import { Tower } from './tower.js';

/** @import {Build, Needs, Variant} from './types.d.ts' */
/** @typedef {{tower: Tower, trial: Tower, module: WebAssembly.Module, build: Build}} Opened trial: another instance, in which the build may be exercised while the tower's weights arrive */

/** Failures of one build that another may not share. */
const TRY_NEXT = new Set(['build-rejected', 'out-of-memory']);

/**
 * @param {Promise<Needs>} needs from the manifest; a promise, so that the engine is fetched and tested while the
 *   manifest is on its way
 * @param {{variant: Variant, threads?: number, signal?: AbortSignal}} options
 * @returns {Promise<Opened>}
 */
export async function openTower(needs, { variant, threads, signal }) {
  const builds = candidateBuilds(variant, threadCount(threads));
  /** @type {PerceptError | undefined} */
  let failure;
  for (const build of builds) {
    throwIfAborted(signal);
    try {
      return await openBuild(build, needs, signal);
    } catch (error) {
      if (!(error instanceof PerceptError && TRY_NEXT.has(error.code))) throw error;
      failure ??= error;
    }
  }
  throw failure;
}

/** @param {Build} build @param {Promise<Needs>} needs @param {AbortSignal} [signal] @returns {Promise<Opened>} */
async function openBuild(build, needs, signal) {
  const module = await compile(build, signal);
  const trial = await Tower.trial({ module, shared: build.shared });
  if (!trial.knowsTheAnswer()) {
    throw new PerceptError('build-rejected', `The ${build.name} build computes wrong numbers in this WebAssembly engine.`);
  }
  const { sizes, tasks, views, weightBytes, laterBytes } = await needs;
  const configuration = { sizes, tasks, views, threads: build.threads };
  trial.configure(configuration);
  const { stateBytes } = trial;
  const later = laterBytes + trainingBytes(trial);
  const tower = await Tower.open({ module, shared: build.shared }, { stateBytes, weightBytes, laterBytes: later, configuration });
  return { tower, trial, module, build };
}

/** Room to teach in, which is not taken before: LoRA of rank 16 in all blocks, two views of a pair at once. @param {Tower} trial configured */
function trainingBytes({ trainer }) {
  trainer.configure({ firstBlock: 0, targets: ['query', 'key', 'value'], rank: 16, slots: 2, pictures: 128, items: 4096, outputs: 256 });
  return trainer.bytes;
}

/** @param {Build} build @param {AbortSignal} [signal] */
async function compile(build, signal) {
  try {
    return await compileModule(build.file, signal);
  } catch (cause) {
    if (!(cause instanceof WebAssembly.CompileError)) throw cause;
    throw new PerceptError('build-rejected', `The ${build.name} build could not be compiled: ${cause.message}.`, { cause });
  }
}
