#!/usr/bin/env node
/** Scores pictures from the command line, with the same library and engine as the page. */
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { PerceptError, Scorer } from '../web/lib/percept.js';
import { printable, printableLine } from './printable.mjs';
import { describeModel } from './score/about.mjs';
import { ADDRESS, listPictures } from './score/pictures.mjs';
import { runSelfTest } from './score/self-test.mjs';
import { writers } from './score/writers.mjs';

const USAGE = `usage: node build_scripts/score.mjs --model DIR|URL [options] IMAGE|FOLDER...
       node build_scripts/score.mjs --model DIR|URL --about
       node build_scripts/score.mjs --self-test [--model DIR]

  --model DIR|URL      the model's folder
  --trait FILE         a taught trait's file: a task beside the model's own; may be given several times
  --task ID            score this task only; may be given several times (default: all)
  --variant NAME       auto, relaxed, simd128 or reference (default: auto)
  --threads N          threads to compute with (default: the processors, at most 8)
  --maximum-pixels N   refuse pictures of more than N pixels (default and most: 134217728)
  --embedding          add the bare embedding of the first task's first view
  --about              say what the model's numbers mean and are not for, and score nothing
  --self-test          compare with the published bits of the model's vectors.json, on every build
                       (default model: weights/demo; its pictures: web/samples, or the folder named)
  --format FORMAT      text, json (one object a line) or csv (default: text)
  --help, -h           say this

exit status: 0 where all went well, 1 where a picture was not scored or the model did not load, 2 for wrong use
`;

const DEMO = fileURLToPath(new URL('../weights/demo', import.meta.url));

const OPTIONS = {
  model: { type: 'string' },
  trait: { type: 'string', multiple: true, default: [] },
  task: { type: 'string', multiple: true },
  variant: { type: 'string', default: 'auto' },
  threads: { type: 'string' },
  'maximum-pixels': { type: 'string' },
  embedding: { type: 'boolean', default: false },
  about: { type: 'boolean', default: false },
  'self-test': { type: 'boolean', default: false },
  format: { type: 'string', default: 'text' },
  help: { type: 'boolean', short: 'h', default: false },
};

function readArguments() {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  if (values.help) return { help: true };
  if (values['self-test']) return { selfTest: true, model: values.model ?? DEMO, pictures: positionals[0] };
  if (!values.model) throw new TypeError('--model is missing');
  if (positionals.length === 0 && !values.about) throw new TypeError('no picture is named');
  if (!Object.hasOwn(writers, values.format)) throw new TypeError(`there is no format '${values.format}'`);
  const numberOf = (name) => (values[name] === undefined ? undefined : Number(values[name]));
  return { ...values, threads: numberOf('threads'), maximumPixels: numberOf('maximum-pixels'), inputs: positionals };
}

/** Shows what the loading does, on terminals only. */
function reportLoading({ phase, loaded, total }) {
  if (!process.stderr.isTTY) return;
  const mebibytes = (bytes) => (bytes / 2 ** 20).toFixed(1);
  const line = phase === 'downloading' ? `loading ${mebibytes(loaded)} of ${mebibytes(total)} MiB` : '';
  process.stderr.write(`\r\x1b[K${line}`);
}

/** Scores one input, or says why not, in the shape that --format json prints. */
async function scoreOne(scorer, { image, source, problem }, { task, embedding }) {
  try {
    if (problem) throw problem;
    return { image, ...await scorer.score(source, { tasks: task, embedding, onProgress: reportLoading }) };
  } catch (error) {
    if (!(error instanceof PerceptError)) throw error;
    return { image, error: { code: error.code, message: error.message } };
  }
}

/** Results in the order of the inputs. The scorer reads two pictures while it computes one. */
async function* scoreAll(scorer, inputs, options) {
  const begun = [];
  for await (const input of inputs) {
    const result = scoreOne(scorer, input, options);
    result.catch(() => {}); // it is told in its turn
    begun.push(result);
    if (begun.length > 2) yield begun.shift();
  }
  yield* begun;
}

async function run(options) {
  const { variant, threads, maximumPixels } = options;
  const scorer = await Scorer.load(options.model, { variant, threads, maximumPixels, onProgress: reportLoading });
  try {
    for (const trait of options.trait) await addTrait(scorer, trait);
    const tasks = selectTasks(scorer.tasks, options.task);
    if (options.about) {
      process.stdout.write(describeModel(scorer.manifest, tasks));
      return 0;
    }
    const writer = writers[options.format]({ tasks, embedding: options.embedding, familiarity: scorer.manifest.familiarity });
    let failures = 0;
    process.stdout.write(writer.head);
    for await (const result of scoreAll(scorer, listPictures(options.inputs), options)) {
      if (result.error) failures += 1;
      process.stdout.write(writer.line(result));
    }
    return failures === 0 ? 0 : 1;
  } finally {
    scorer.dispose();
  }
}

/** A problem comes with the file's name: there may be several. */
async function addTrait(scorer, file) {
  try {
    await scorer.addTask(ADDRESS.test(file) ? file : pathToFileURL(file));
  } catch (error) {
    if (error instanceof PerceptError) throw new PerceptError(error.code, `${file}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** The tasks in the order asked for; an unknown one is an error before any picture is read. */
function selectTasks(tasks, ids) {
  if (!ids) return tasks;
  return [...new Set(ids)].map((id) => {
    const task = tasks.find((each) => each.id === id);
    if (task) return task;
    throw new PerceptError('unknown-task', `The model has no task '${id}'. It has: ${tasks.map((each) => each.id).join(', ')}.`);
  });
}

async function main() {
  let options;
  try {
    options = readArguments();
  } catch (error) {
    process.stderr.write(`score.mjs: ${printable(error.message)}\n\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  try {
    if (options.selfTest) return await runSelfTest(options.model, options.pictures, (text) => process.stdout.write(printable(text))) ? 0 : 1;
    return await run(options);
  } catch (error) {
    if (!(error instanceof PerceptError)) throw error;
    process.stderr.write(`${printableLine(`score.mjs: ${error.message} [${error.code}]`)}\n`);
    return error.code === 'bad-argument' ? 2 : 1;
  }
}

// A reader that closes the pipe, as head does, has had enough.
process.stdout.on('error', ({ code, message }) => {
  if (code !== 'EPIPE') process.stderr.write(`score.mjs: the results could not be written: ${message}\n`);
  process.exit(code === 'EPIPE' ? 0 : 1);
});
process.exitCode = await main();
