#!/usr/bin/env node
/** Writes a taught trait for Python: its adapter as a PEFT folder, its head as a state dict, and what else a score needs. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { PerceptError } from '../web/lib/errors.js';
import { parseJson } from '../web/lib/weights/json.js';
import { validateManifest } from '../web/lib/weights/manifest.js';
import { makeFolder } from './make-folder.mjs';
import { printable } from './printable.mjs';
import { adapterConfig, adapterTensors, headTensors, writeTensors } from './traits/peft.mjs';
import { openTrait } from './traits/open.mjs';

const USAGE = `usage: node build_scripts/export-peft.mjs --model DIR --trait FILE --outdir DIR

  --model DIR    the model's folder, on whose base the trait was taught
  --trait FILE   the trait
  --outdir DIR   gets adapter/ (a PEFT folder for transformers' CLIPVisionModelWithProjection, where the trait has an adapter),
                 head.safetensors (a torch.nn.Sequential's state dict) and task.json (activations, normalize, preprocess, output)
`;

/**
 * @param {{model: string, trait: string, outdir: string}} options
 * @returns {Promise<string[]>} what was written
 */
export async function exportPeft({ model, trait: path, outdir }) {
  const manifest = validateManifest(parseJson(await readFile(join(model, 'model.json'), 'utf8')));
  const { task, evidence, tensors } = await openTrait(path, manifest);
  await makeFolder(outdir);
  const pairs = adapterTensors(tensors, manifest.tower);
  const written = ['head.safetensors', 'task.json'];
  if (pairs.length > 0) {
    await makeFolder(join(outdir, 'adapter'));
    await writeTensors(join(outdir, 'adapter/adapter_model.safetensors'), pairs);
    await writeFile(join(outdir, 'adapter/adapter_config.json'), `${JSON.stringify(adapterConfig(pairs), null, 2)}\n`);
    written.unshift('adapter/');
  }
  await writeTensors(join(outdir, 'head.safetensors'), headTensors(task, tensors, manifest.tower));
  await writeFile(join(outdir, 'task.json'), `${JSON.stringify({ ...task, base_name: manifest.name, evidence }, null, 2)}\n`);
  return written;
}

function readArguments() {
  const options = { model: { type: 'string' }, trait: { type: 'string' }, outdir: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } };
  const { values } = parseArgs({ options });
  const missing = ['model', 'trait', 'outdir'].find((name) => values[name] === undefined);
  if (missing && !values.help) throw new TypeError(`--${missing} is missing`);
  return values;
}

async function main() {
  let options;
  try {
    options = readArguments();
  } catch (error) {
    process.stderr.write(`export-peft.mjs: ${printable(error.message)}\n\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  try {
    const written = await exportPeft(options);
    process.stdout.write(printable(`Written to ${options.outdir}: ${written.join(', ')}.\n`));
    return 0;
  } catch (error) {
    if (!(error instanceof PerceptError || error.syscall)) throw error;
    process.stderr.write(printable(`export-peft.mjs: ${error.message}\n`));
    return 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main();
