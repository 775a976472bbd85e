#!/usr/bin/env node
/**
 * Percept against onnxruntime-web and LiteRT.js: the same weights, the same pictures, in turn, in one run.
 * Prints tables; writes build/bench/results.json, and with --svg a picture of where the time goes.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CASES, makeModels } from './models.mjs';
import { tileLoops, unseen } from '../support/machine-code.mjs';
import { plot } from './plot.mjs';
import { profileTower } from './profile.mjs';
import { race } from './race.mjs';
import { LITERT, ONNXRUNTIME, PERCEPT, PERCEPT_SIMD128 } from './page/measure/runtimes.js';
import { raceText } from './page/measure/table.js';
import { workOf } from './page/measure/work.js';
import { codeTable, machine, profileTable, sizeTable, sweepTable } from './report.mjs';
import { serve } from './server.mjs';
import { codeSize } from './sizes.mjs';
import { sweep } from './sweep.mjs';
import { teachingSteps } from './teaching.mjs';

const RELAXED = fileURLToPath(new URL('../../web/lib/wasm/tower-relaxed.wasm', import.meta.url));
const RESULTS = fileURLToPath(new URL('../../build/bench/results.json', import.meta.url));

const USAGE = `Usage: node tests/bench/bench.mjs [--quick] [--svg FILE] [--browsers chromium,firefox] [--models B/32,L/14]
       [--rounds 21,5] [--parts models,code,race,profile,sizes,sweep,train]
  --rounds        of one view and of fifteen, in place of the model's own
  --quick         ViT-B/32 alone, few rounds, no sweep: minutes
  --parts models  makes the models, in minutes, so that a later run begins at once
`;

/** Rounds by views that are scored together; loads are of the whole runtime, from an empty worker. */
const FULL = { models: ['B/32', 'L/14'], parts: ['code', 'race', 'profile', 'sizes', 'sweep', 'train'], loads: 3, rounds: { 'B/32': { 1: 21, 15: 5 }, 'L/14': { 1: 7, 15: 1 } } };
const QUICK = { models: ['B/32'], parts: ['code', 'race', 'profile', 'sizes'], loads: 1, rounds: { 'B/32': { 1: 9, 15: 2 } } };
const SWEEP_ROUNDS = 9;
const NEED_MODELS = ['models', 'race', 'profile', 'sizes'];

const tell = (what) => process.stderr.write(`${new Date().toTimeString().slice(0, 8)} ${what}\n`);
const say = (text) => process.stdout.write(`${text}\n\n`);

function readArguments() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean' }, svg: { type: 'string' }, browsers: { type: 'string' }, models: { type: 'string' }, parts: { type: 'string' }, rounds: { type: 'string' }, help: { type: 'boolean' },
    },
  });
  const extent = values.quick ? QUICK : FULL;
  const list = (given, all) => given?.split(',') ?? all;
  const [one, fifteen] = list(values.rounds, []).map(Number);
  const rounds = values.rounds ? Object.fromEntries(Object.keys(CASES).map((model) => [model, { 1: one, 15: fifteen ?? 1 }])) : extent.rounds;
  return {
    ...extent,
    ...values,
    rounds,
    browsers: list(values.browsers, ['chromium', 'firefox']),
    models: list(values.models, extent.models),
    parts: list(values.parts, extent.parts),
    threads: availableParallelism() > 1 ? [1, 2] : [1],
  };
}

/** The simd128 build runs beside the others where it is compared with onnxruntime-web: one thread, Chromium. */
function runtimesFor(browser, threads) {
  const beside = browser === 'chromium' && threads === 1 ? [PERCEPT_SIMD128] : [];
  return [PERCEPT, ONNXRUNTIME, LITERT, ...beside];
}

async function runRaces(plan, server, made) {
  const results = [];
  for (const browser of plan.browsers) {
    for (const model of plan.models) {
      for (const threads of plan.threads) {
        const series = Object.entries(plan.rounds[model]).map(([views, rounds]) => ({ views: Number(views), rounds }));
        tell(`${browser}, ${model}, ${threads} threads, ${series.map(({ views }) => views).join(' and ')} views`);
        const runtimes = runtimesFor(browser, threads);
        for (const result of await race({ browser, server, runtimes, models: made[model], threads, loads: plan.loads, series })) {
          results.push({ model, ...result });
          say(raceText(results.at(-1), workOf(made[model].sizes)));
        }
      }
    }
  }
  return results;
}

async function runCode() {
  if (unseen) {
    say(`V8's machine code of the int8 product: not looked at, ${unseen}`);
    return {};
  }
  const loops = await tileLoops(RELAXED);
  say(codeTable(loops));
  return loops;
}

async function runTeaching(plan) {
  for (const model of plan.models) {
    tell(`a step of teaching, ${model}`);
    say(await teachingSteps(model));
  }
}

async function runProfiles(plan, server, made) {
  const profiles = [];
  for (const model of plan.models) {
    tell(`profile of ${model}`);
    profiles.push({ model, ...await profileTower(server, made[model]) });
  }
  return profiles;
}

async function runSizes(server, models) {
  const sizes = [];
  for (const threads of [1, 2]) {
    for (const runtime of [PERCEPT, ONNXRUNTIME, LITERT]) {
      tell(`bytes of code: ${runtime.name}, ${threads} threads`);
      sizes.push({ title: runtime.title, threads, ...await codeSize(runtime, server, models, threads) });
    }
  }
  return sizes;
}

function reportProfiles(plan, { races, profiles }, made) {
  const works = Object.fromEntries(plan.models.map((model) => [model, workOf(made[model].sizes)]));
  say(profileTable(profiles, works));
  return profiles.map(({ model, shares }) => {
    const found = races.find((each) => each.model === model && each.threads === 1 && each.views === 1);
    return { title: `ViT-${model}, one view, one thread, Chromium`, shares, entries: found?.entries };
  }).filter(({ entries }) => entries);
}

async function main() {
  const plan = readArguments();
  if (plan.help) {
    process.stdout.write(USAGE);
    return;
  }
  const does = (part) => plan.parts.includes(part);
  const made = {};
  if (NEED_MODELS.some(does)) for (const model of plan.models) made[model] = await makeModels(CASES[model], tell);
  const results = { machine: machine(), date: new Date().toISOString(), code: {}, races: [], profiles: [], sizes: [], sweep: [] };
  const server = await serve();
  try {
    say(results.machine);
    if (does('code')) results.code = await runCode();
    if (does('race')) results.races = await runRaces(plan, server, made);
    if (does('profile')) results.profiles = await runProfiles(plan, server, made);
    if (does('sizes')) results.sizes = await runSizes(server, made[plan.models[0]]);
    if (does('train')) await runTeaching(plan);
    if (does('sweep')) results.sweep = await sweep(server, { rounds: SWEEP_ROUNDS, threads: availableParallelism() }, tell);
  } finally {
    server.close();
    await mkdir(dirname(RESULTS), { recursive: true });
    await writeFile(RESULTS, JSON.stringify(results, null, 1));
  }
  const groups = does('profile') ? reportProfiles(plan, results, made) : [];
  if (does('sizes')) say(sizeTable(results.sizes));
  if (does('sweep')) say(sweepTable(results.sweep));
  if (plan.svg && groups.length > 0) await writeFile(plan.svg, plot(groups));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
