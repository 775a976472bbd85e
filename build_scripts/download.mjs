#!/usr/bin/env node
/**
 * Fetches what a recipe names under "downloads", from its publishers, to where its paths point.
 *
 *   node build_scripts/download.mjs RECIPE.json
 *
 * An interrupted download continues when the command is run again.
 */
import { dirname, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BAD_RECIPE, ConvertError } from './convert/errors.mjs';
import { Progress, megabytes } from './convert/progress.mjs';
import { readRecipe } from './convert/recipe.mjs';
import { fetchFile } from './download/fetch-file.mjs';
import { printable } from './printable.mjs';

/** Where our own recipes keep what they fetch. */
const DOWNLOADS = fileURLToPath(new URL('../build/downloads', import.meta.url));

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
    console.error(printable(`${this.name}: ${line}`));
  }
}

/** A recipe may be a stranger's: it gets files into its own folder, or to the others, and nowhere else. */
function checkPaths(downloads, folder) {
  for (const { path } of downloads) {
    if (![folder, DOWNLOADS].some((root) => path.startsWith(root + sep))) {
      throw new ConvertError(BAD_RECIPE, `downloads would write ${path}, which is outside of the recipe's folder.`);
    }
  }
}

async function main() {
  const [recipePath, ...rest] = process.argv.slice(2);
  if (!recipePath || recipePath.startsWith('-') || rest.length > 0) {
    console.error('Usage: node build_scripts/download.mjs RECIPE.json');
    process.exitCode = 2;
    return;
  }
  const { name, license, downloads = [] } = await readRecipe(recipePath);
  console.error(printable(`${name}: ${downloads.length} files, licence: ${license}`));
  checkPaths(downloads, dirname(resolve(recipePath)));
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
  console.error(printable(`${error.code}: ${error.message}`));
  process.exitCode = 1;
}
