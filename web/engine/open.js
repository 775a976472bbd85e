/** From a manifest to a tower that may be trusted: choice of build, known-answer test, memory. */
import { PerceptError, throwIfAborted } from '../errors.js';
import { candidateBuilds } from './builds.js';
import { compileModule } from './module.js';
import { threadCount } from './thread-count.js';
import { Tower } from './tower.js';

/** Failures of one build that another may not share. */
const TRY_NEXT = new Set(['build-rejected', 'out-of-memory']);

/**
 * @param {Promise<{sizes: object, tasks: number, weightBytes: number, laterBytes: number}>} needs from the
 *   manifest; a promise, so that the engine is fetched and tested while the manifest is on its way
 * @param {{variant: string, threads?: number, signal?: AbortSignal}} options
 * @returns {Promise<{tower: Tower, trial: Tower, module: WebAssembly.Module, build: object}>} trial: another instance,
 *   in which the build may be exercised while the tower's weights arrive
 */
export async function openTower(needs, { variant, threads, signal }) {
  const builds = candidateBuilds(variant, threadCount(threads));
  let failure;
  for (const build of builds) {
    throwIfAborted(signal);
    try {
      return await openBuild(build, needs, signal);
    } catch (error) {
      if (!TRY_NEXT.has(error.code)) throw error;
      failure ??= error;
    }
  }
  throw failure;
}

async function openBuild(build, needs, signal) {
  const module = await compile(build, signal);
  const trial = await Tower.trial({ module, shared: build.shared });
  if (!trial.knowsTheAnswer()) {
    throw new PerceptError('build-rejected', `The ${build.name} build computes wrong numbers in this WebAssembly engine.`);
  }
  const { sizes, tasks, weightBytes, laterBytes } = await needs;
  const configuration = { sizes, tasks, threads: build.threads };
  trial.configure(configuration);
  const { stateBytes } = trial;
  const tower = await Tower.open({ module, shared: build.shared }, { stateBytes, weightBytes, laterBytes, configuration });
  return { tower, trial, module, build };
}

async function compile(build, signal) {
  try {
    return await compileModule(build.file, signal);
  } catch (cause) {
    if (!(cause instanceof WebAssembly.CompileError)) throw cause;
    throw new PerceptError('build-rejected', `The ${build.name} build could not be compiled: ${cause.message}.`, { cause });
  }
}
