/**
 * The conversion itself: recipe in, model folder out.
 *
 * Everything that can be refused without reading weights is refused first; model.json is written last and
 * renamed into place, so a folder without it is not a model.
 */
import { mkdtemp, open, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '../make-folder.mjs';
import { checkTraitFile, mergeTraits } from '../traits/open.mjs';
import { Calibrator } from './calibrate.mjs';
import { findCheckpoint, openCheckpoint } from './checkpoint.mjs';
import { compareScored, scoreAll } from './compare.mjs';
import { Packer } from './engine.mjs';
import { ConvertError, OUTPUT } from './errors.mjs';
import { openFamiliarity } from './familiarity.mjs';
import { readJson } from './files.mjs';
import { Planner } from './plan.mjs';
import { listFamiliarity, listOrigins, listTower } from './origins.mjs';
import { Progress } from './progress.mjs';
import { readRecipe } from './recipe.mjs';
import { drawReport } from './report-chart.mjs';
import { Report } from './report.mjs';
import { layOut, outputError, splitGroups, writeShards } from './shards.mjs';
import { openTask } from './task.mjs';
import { TowerSource } from './tower.mjs';

export const OUTTYPES = ['q8', 'q4', 'f16', 'f32'];

async function prepareFolder(outdir) {
  try {
    await makeFolder(outdir);
    if ((await readdir(outdir)).length > 0) {
      throw new ConvertError(OUTPUT, `${outdir} exists and is not empty; choose another --outdir or remove it.`);
    }
  } catch (error) {
    throw outputError(error, outdir);
  }
}

/** Whole or not at all: written under another name first. */
async function writeText(outdir, name, text) {
  const temporary = join(outdir, `${name}.part`);
  try {
    const handle = await open(temporary, 'wx');
    await handle.writeFile(text);
    await handle.sync();
    await handle.close();
    await rename(temporary, join(outdir, name));
  } catch (error) {
    await rm(temporary, { force: true });
    throw outputError(error, temporary);
  }
}

async function writeManifest(manifest, outdir) {
  await writeText(outdir, 'model.json', `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Every checkpoint that a recipe names, opened once however often it is named. */
class Library {
  constructor() {
    this.opened = new Map();
  }

  /**
   * @param {string} path
   * @param {{isAdapter?: boolean}} [options]
   */
  async open(path, { isAdapter = false } = {}) {
    const file = await findCheckpoint(path, isAdapter);
    if (!this.opened.has(file)) this.opened.set(file, await openCheckpoint(file));
    return this.opened.get(file);
  }

  async close() {
    for (const checkpoint of this.opened.values()) await checkpoint.close();
  }
}

/** What was recognised in a task's files, for people. */
function describeTask({ id }, adapter, head) {
  const parts = [];
  if (adapter) parts.push(`LoRA on ${adapter.modules.length} layers from ${adapter.checkpoint.label} (${adapter.checkpoint.format})`);
  if (head) parts.push(`head ${head.describeChain()} from ${head.checkpoint.label} (${head.checkpoint.format})`);
  return `${id}: ${parts.join('; ') || 'the bare embedding'}`;
}

async function describeModel(recipe, { outtype, dryRun, calibrate, say }, library, report) {
  const source = await TowerSource.open(await library.open(recipe.base.path), recipe.base);
  say(`${recipe.name}: ${source.layout.title} tower from ${source.label} (${source.checkpoint.format})`);
  const packer = await Packer.load();
  const planner = new Planner(outtype, packer, (...layer) => report.addLayer(...layer));
  const known = recipe.familiarity ? await openFamiliarity(recipe.familiarity, source, planner, library) : null;
  const parts = [{ prefix: 'base', shards: splitGroups([...(known ? known.groups : []), ...await planner.base(source)]) }];
  const tasks = [];
  const origins = [...listTower(source), ...(known ? listFamiliarity(known) : [])];
  for (const [index, task] of recipe.tasks.entries()) {
    const { entry, adapter, head, origins: told } = await openTask(task, `tasks[${index}]`, source, library);
    origins.push(...listOrigins(task, entry, adapter, head, told));
    say(describeTask(task, adapter, head));
    const groups = [...(head ? planner.head(head) : []), ...(adapter ? planner.adapter(adapter, source) : [])];
    parts.push({ prefix: task.id, shards: groups.length > 0 ? splitGroups(groups) : [] });
    tasks.push(entry);
  }
  const heads = recipe.tasks.flatMap(({ head }, index) => (head?.path === recipe.base.path ? [index] : []));
  source.checkOthers(() => heads.length > 0);
  if (calibrate && !dryRun) {
    say(`reading ${calibrate.length} pictures to round for`);
    planner.calibrator = await Calibrator.open(source, new Planner('f32', packer), calibrate, tasks[0].preprocess);
  }
  return { source, parts, tasks, origins, familiarity: known?.entry };
}

function buildManifest(recipe, { source, tasks, familiarity }, outtype, written, report) {
  const { name, license, about } = recipe;
  return {
    format: 'percept-model',
    version: 1,
    name,
    license,
    ...(about && { about }),
    tower: { ...source.sizes, storage: outtype },
    base: { shards: written[0] },
    tasks: tasks.map((task, index) => ({ ...task, shards: written[index + 1] })),
    ...(familiarity && { familiarity }),
    report,
  };
}

/** Of a conversion that ends early, so that the same command finds the folder empty again. */
async function removeFiles(outdir, files) {
  for (const file of files) await rm(join(outdir, file), { force: true });
}

async function writeParts(parts, outdir, total, stream) {
  const progress = new Progress(total, stream);
  const files = [];
  const watch = { onBytes: (bytes, tensor) => progress.add(bytes, tensor), onShard: (file) => files.push(file) };
  try {
    const written = [];
    for (const { prefix, shards } of parts) written.push(await writeShards(shards, outdir, prefix, watch));
    return written;
  } catch (error) {
    await removeFiles(outdir, files);
    throw error;
  } finally {
    progress.finish();
  }
}

/** Bytes of all shards. */
function storedBytes({ base, tasks }) {
  return [base, ...tasks].flatMap(({ shards }) => shards).reduce((sum, { bytes }) => sum + bytes, 0);
}

/**
 * Scores pictures with the model, with the same recipe stored in other ways, and with it in float32; adds what differs
 * from float32 to the model's report, and draws it.
 * @param {string} recipePath
 * @param {string} outdir the model's folder
 * @param {string[]} pictures paths
 * @param {{others?: string[], calibrate?: string[] | null, say: (line: string) => void}} options others: outtypes beside the
 *   model's own; calibrate: as for convert
 * @returns {Promise<object>} the manifest, as it is now
 */
export async function addComparison(recipePath, outdir, pictures, { others = [], calibrate = null, say }) {
  const manifest = await readJson(join(outdir, 'model.json'));
  const own = manifest.tower.storage;
  const work = await mkdtemp(join(tmpdir(), 'percept-compare-')).catch((error) => { throw outputError(error, tmpdir()); });
  const score = (folder, outtype) => scoreAll(folder, pictures, (picture) => say(`${outtype}: scored ${picture}`));
  const convertAs = async (outtype) => {
    const folder = join(work, outtype);
    const { manifest: other } = await convert(recipePath, { outdir: folder, outtype, calibrate: outtype === 'q4' ? calibrate : null });
    const scores = await score(folder, outtype);
    await rm(folder, { recursive: true });
    return { manifest: other, scores };
  };
  try {
    const { scores: exact } = await convertAs('f32');
    manifest.report.pictures = compareScored(await score(outdir, own), exact);
    const compared = {};
    for (const outtype of others.filter((type) => type !== own && type !== 'f32')) {
      const { manifest: other, scores } = await convertAs(outtype);
      const { weight_snr_db: noise } = other.report;
      compared[outtype] = { stored_bytes: storedBytes(other), ...(noise && { weight_snr_db: noise }), pictures: compareScored(scores, exact) };
    }
    manifest.report.stored_bytes = storedBytes(manifest);
    if (Object.keys(compared).length > 0) manifest.report.compared = compared;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  await writeText(outdir, 'report.svg', drawReport(manifest.name, own, manifest.report));
  await writeManifest(manifest, outdir);
  return manifest;
}

/**
 * @param {string} recipePath
 * @param {{outdir?: string, outtype?: 'q8' | 'q4' | 'f16' | 'f32', dryRun?: boolean, calibrate?: string[] | null, traits?: string[],
 *   say?: (line: string) => void, stream?: NodeJS.WriteStream}} options `calibrate` are paths of pictures that q4 is rounded for, `traits` files of traits that were taught on this base, `say` is told what was recognised, `stream` is where progress goes
 * @returns {Promise<{manifest: object | null, sizes: {name: string, bytes: number}[], summary: object, origins: {what: string, value: string, from: string}[]}>}
 *   the manifest is null after a dry run; `sizes` lists the files without their hashes; `origins` say where every value comes from
 */
export async function convert(recipePath, { outdir, outtype = 'q8', dryRun = false, calibrate = null, traits = [], say = () => {}, stream = null }) {
  const recipe = await readRecipe(recipePath);
  const library = new Library();
  try {
    const report = new Report();
    const model = await describeModel(recipe, { outtype, dryRun, calibrate, say }, library, report);
    const { source, parts, origins } = model;
    const sizes = parts.flatMap(({ prefix, shards }) => (
      shards.map((groups, index) => ({ name: `${prefix}-${index + 1}`, bytes: layOut(groups).bytes }))));
    const groups = parts.flatMap(({ shards }) => shards.flat());
    if (dryRun) return { manifest: null, sizes, summary: report.summary(groups), origins };
    for (const trait of traits) await checkTraitFile(trait);
    await prepareFolder(outdir);
    const written = await writeParts(parts, outdir, sizes.reduce((sum, { bytes }) => sum + bytes, 0), stream);
    for (const { label } of source.twins) say(`${label} brings the same tower, number by number; it is stored once`);
    const summary = report.summary(groups);
    let manifest = buildManifest(recipe, model, outtype, written, summary);
    try {
      manifest = await mergeTraits(manifest, traits, outdir);
      await writeManifest(manifest, outdir);
    } catch (error) {
      await removeFiles(outdir, [manifest.base, ...manifest.tasks].flatMap(({ shards }) => shards.map(({ file }) => file)));
      throw error;
    }
    return { manifest, sizes, summary, origins };
  } finally {
    await library.close();
  }
}
