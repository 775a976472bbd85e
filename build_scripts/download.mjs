#!/usr/bin/env node
/**
 * Fetches what a recipe names under "downloads", from its publishers, to where its paths point.
 *
 *   node build_scripts/download.mjs RECIPE.json
 *
 * An interrupted download continues when the command is run again.
 */
import { ConvertError } from './convert/errors.mjs';
import { Progress, megabytes } from './convert/progress.mjs';
import { readRecipe } from './convert/recipe.mjs';
import { fetchFile } from './download/fetch-file.mjs';

/** One file's progress on stderr. */
class FileProgress {
  constructor(name) {
    this.name = name;
    this.progress = null;
  }

  begin(have, total) {
    this.progress = new Progress(total ?? 0, process.stderr);
    this.progress.add(have, this.name);
  }

  add(bytes) {
    this.progress.add(bytes, this.name);
  }

  say(line) {
    this.progress?.finish();
    console.error(`${this.name}: ${line}`);
  }
}

async function main() {
  const [recipePath, ...rest] = process.argv.slice(2);
  if (!recipePath || rest.length > 0) {
    console.error('Usage: node build_scripts/download.mjs RECIPE.json');
    process.exitCode = 1;
    return;
  }
  const { name, license, downloads = [] } = await readRecipe(recipePath);
  console.error(`${name}: ${downloads.length} files, licence: ${license}`);
  for (const file of downloads) {
    const progress = new FileProgress(file.path.split('/').at(-1));
    const isNew = await fetchFile(file, progress);
    progress.say(isNew ? `fetched ${megabytes(progress.progress?.done ?? 0)} from ${new URL(file.url).hostname}` : 'is already here');
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof ConvertError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
