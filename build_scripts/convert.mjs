#!/usr/bin/env node
/**
 * Converts published checkpoints to a model folder.
 *
 *   node build_scripts/convert.mjs RECIPE.json --outdir DIR [--outtype q8|q4|f16|f32] [--dry-run]
 *     [--calibrate DIR] [--pictures DIR [--compare TYPE,…]] [--trait FILE]
 *
 * Recipes and the folder are described in weights/README.md.
 */
import { parseArgs } from 'node:util';
import { PerceptError } from '../web/lib/errors.js';
import { listPictures } from './convert/compare.mjs';
import { OUTTYPES, addComparison, convert } from './convert/convert.mjs';
import { BAD_USAGE, ConvertError } from './convert/errors.mjs';
import { megabytes } from './convert/progress.mjs';
import { formatReport } from './convert/report.mjs';
import { printable } from './printable.mjs';

const USAGE = `Usage: node build_scripts/convert.mjs RECIPE.json --outdir DIR [--outtype ${OUTTYPES.join('|')}] [--dry-run]
         [--calibrate DIR] [--pictures DIR [--compare TYPE,…]] [--trait FILE]

  --outdir DIR    where the model folder is written; it must not exist or be empty
  --outtype TYPE  how the tower is stored: q8 (the default; int8, fast), q4 (half the bytes, as fast, less
                  exact), f16 or f32 (exact, slow)
  --dry-run       say what would be written, and write nothing
  --calibrate DIR round q4 so that errors cancel on pictures like these (some dozens, of the kind to be scored); takes minutes
  --pictures DIR  score these pictures with the model and with the same recipe in float32, and report what differs;
                  needs room and memory for the float32 model
  --compare TYPES report on these outtypes too, such as q8,q4,f16
  --trait FILE    make a trait that was taught on this very base a task of the model; may be given several times

Exit status: 0 where all went well, 1 where something was refused, 2 for wrong use`;

function readArguments(args) {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: {
        outdir: { type: 'string' },
        outtype: { type: 'string', default: 'q8' },
        'dry-run': { type: 'boolean', default: false },
        calibrate: { type: 'string' },
        pictures: { type: 'string' },
        compare: { type: 'string' },
        trait: { type: 'string', multiple: true, default: [] },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new ConvertError(BAD_USAGE, error.message);
  }
  const { values, positionals } = parsed;
  const { outdir, outtype, 'dry-run': dryRun, calibrate, pictures, compare, trait: traits, help } = values;
  if (help) return { help };
  if (positionals.length !== 1) throw new ConvertError(BAD_USAGE, 'Name one recipe.');
  if (!outdir && !dryRun) throw new ConvertError(BAD_USAGE, 'Name the folder to write with --outdir.');
  if (!OUTTYPES.includes(outtype)) throw new ConvertError(BAD_USAGE, `--outtype must be one of ${OUTTYPES.join(', ')}.`);
  if (traits.length > 0 && dryRun) throw new ConvertError(BAD_USAGE, '--trait needs the base itself, which a dry run does not write.');
  if (traits.length > 0 && pictures) throw new ConvertError(BAD_USAGE, '--pictures compares with the recipe in float32, where a trait has no place; take one of the two.');
  const others = compare ? compare.split(',') : [];
  if (!others.every((type) => OUTTYPES.includes(type))) throw new ConvertError(BAD_USAGE, `--compare must list some of ${OUTTYPES.join(', ')}.`);
  if (compare && !pictures) throw new ConvertError(BAD_USAGE, '--compare needs pictures to compare on: name a folder with --pictures.');
  if (calibrate && ![outtype, ...others].includes('q4')) throw new ConvertError(BAD_USAGE, '--calibrate is for q4; the others need none.');
  return { recipe: positionals[0], outdir, outtype, dryRun, calibrate, pictures, traits, others };
}

function listFiles(sizes) {
  return sizes.map(({ name, bytes }) => `${name.padEnd(17)}${megabytes(bytes).padStart(14)}`).join('\n');
}

/** A table: what, its value, where it comes from. */
function formatOrigins(origins) {
  const width = (word) => Math.max(...origins.map((each) => each[word].length));
  const [what, value] = [width('what'), Math.min(width('value'), 48)];
  return origins.map((each) => `${each.what.padEnd(what)}  ${each.value.padEnd(value)}  ${each.from}`).join('\n');
}

async function main() {
  const { help, recipe, calibrate, pictures, others, ...options } = readArguments(process.argv.slice(2));
  if (help) {
    console.log(USAGE);
    return;
  }
  const say = (line) => console.error(printable(line));
  const paths = pictures && !options.dryRun ? await listPictures(pictures) : null;
  const calibration = calibrate ? await listPictures(calibrate) : null;
  const own = options.outtype === 'q4' ? calibration : null;
  const { sizes, summary, origins } = await convert(recipe, { ...options, calibrate: own, say, stream: process.stderr });
  const compare = () => addComparison(recipe, options.outdir, paths, { others, calibrate: calibration, say });
  const report = paths ? (await compare()).report : summary;
  console.log(listFiles(sizes));
  if (options.dryRun) console.log(printable(formatOrigins(origins)));
  console.log(printable(formatReport(report)));
  console.log(options.dryRun ? 'Dry run: nothing was written.' : `Written to ${options.outdir}.`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof ConvertError || error instanceof PerceptError)) throw error;
  console.error(printable(`${error.code}: ${error.message}`));
  if (error.code === BAD_USAGE) console.error(USAGE);
  process.exitCode = error.code === BAD_USAGE ? 2 : 1;
}
