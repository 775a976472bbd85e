/**
 * The conversion itself: recipe in, model folder out.
 *
 * Everything that can be refused without reading weights is refused first; model.json is written last and
 * renamed into place, so a folder without it is not a model.
 */
import { mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from './checkpoint.mjs';
import { compareOnPictures } from './compare.mjs';
import { Packer } from './engine.mjs';
import { ConvertError, OUTPUT } from './errors.mjs';
import { readJson } from './files.mjs';
import { Planner } from './plan.mjs';
import { readNormalization } from './preprocess.mjs';
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
    await mkdir(outdir, { recursive: true });
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

  async open(path) {
    if (!this.opened.has(path)) this.opened.set(path, await openCheckpoint(path));
    return this.opened.get(path);
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

async function describeModel(recipe, outtype, library, report, say) {
  const source = await TowerSource.open(await library.open(recipe.base.path), recipe.base);
  say(`${recipe.name}: ${source.layout.title} tower from ${source.label} (${source.checkpoint.format})`);
  const normalization = await readNormalization(source.checkpoint.folder, source.normalization);
  const planner = new Planner(outtype, await Packer.load(), (...layer) => report.addLayer(...layer));
  const parts = [{ prefix: 'base', shards: splitGroups(await planner.base(source)) }];
  const tasks = [];
  for (const [index, task] of recipe.tasks.entries()) {
    const { entry, adapter, head } = await openTask(task, `tasks[${index}]`, source, normalization, library);
    say(describeTask(task, adapter, head));
    const groups = [...(head ? planner.head(head) : []), ...(adapter ? planner.adapter(adapter, source) : [])];
    parts.push({ prefix: task.id, shards: groups.length > 0 ? splitGroups(groups) : [] });
    tasks.push(entry);
  }
  return { source, parts, tasks };
}

function buildManifest(recipe, source, outtype, tasks, written, report) {
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
    report,
  };
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
    for (const file of files) await rm(join(outdir, file), { force: true });
    throw error;
  } finally {
    progress.finish();
  }
}

/**
 * Scores pictures with the model and with the same recipe in float32, and adds what differs to its report.
 * @param {string} recipePath
 * @param {string} outdir the model's folder
 * @param {string[]} pictures paths
 * @param {(line: string) => void} say
 * @returns {Promise<object>} the manifest, as it is now
 */
export async function addComparison(recipePath, outdir, pictures, say) {
  const manifest = await readJson(join(outdir, 'model.json'));
  const exact = await mkdtemp(join(tmpdir(), 'percept-f32-'));
  try {
    await convert(recipePath, { outdir: exact, outtype: 'f32' });
    manifest.report.pictures = await compareOnPictures(outdir, exact, pictures, (picture) => say(`scored ${picture}`));
  } finally {
    await rm(exact, { recursive: true, force: true });
  }
  await writeText(outdir, 'report.svg', drawReport(manifest.name, manifest.report));
  await writeManifest(manifest, outdir);
  return manifest;
}

/**
 * @param {string} recipePath
 * @param {{outdir?: string, outtype?: 'q8' | 'q4' | 'f16' | 'f32', dryRun?: boolean, say?: (line: string) => void,
 *   stream?: NodeJS.WriteStream}} options `say` is told what was recognised, `stream` is where progress goes
 * @returns {Promise<{manifest: object | null, sizes: {name: string, bytes: number}[], summary: object}>} the manifest is
 *   null after a dry run; `sizes` lists the files without their hashes
 */
export async function convert(recipePath, { outdir, outtype = 'q8', dryRun = false, say = () => {}, stream = null }) {
  const recipe = await readRecipe(recipePath);
  const library = new Library();
  try {
    const report = new Report();
    const { source, parts, tasks } = await describeModel(recipe, outtype, library, report, say);
    const sizes = parts.flatMap(({ prefix, shards }) => (
      shards.map((groups, index) => ({ name: `${prefix}-${index + 1}`, bytes: layOut(groups).bytes }))));
    const groups = parts.flatMap(({ shards }) => shards.flat());
    if (dryRun) return { manifest: null, sizes, summary: report.summary(groups) };
    await prepareFolder(outdir);
    const written = await writeParts(parts, outdir, sizes.reduce((sum, { bytes }) => sum + bytes, 0), stream);
    const summary = report.summary(groups);
    const manifest = buildManifest(recipe, source, outtype, tasks, written, summary);
    await writeManifest(manifest, outdir);
    return { manifest, sizes, summary };
  } finally {
    await library.close();
  }
}
