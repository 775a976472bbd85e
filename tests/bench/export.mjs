#!/usr/bin/env node
/** Writes a model folder, stored as f32 or f16, in another runtime's format: the tower alone, without tasks. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ModelFolder } from './export/model-folder.mjs';
import { exportOnnx } from './export/onnx.mjs';
import { exportTflite } from './export/tflite.mjs';

const USAGE = `Usage: node tests/bench/export.mjs MODEL_FOLDER FILE.onnx|FILE.tflite [--numbers f32|f16|int8] [--batch N]
  --numbers  ONNX: float32 (or float16) throughout, or dynamic int8; a .tflite always has int8 weights
  --batch    views that a .tflite computes together (1); ONNX takes any number
`;

const WRITERS = {
  onnx: (model, path, { numbers }) => exportOnnx(model, path, numbers),
  tflite: (model, path, { batch }) => exportTflite(model, path, { batch: Number(batch) }),
};

const NUMBERS = ['f32', 'f16', 'int8'];

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { numbers: { type: 'string', default: 'f32' }, batch: { type: 'string', default: '1' } },
  });
  const [folder, path] = positionals;
  const write = WRITERS[path?.split('.').at(-1)];
  if (positionals.length !== 2 || !write || !NUMBERS.includes(values.numbers) || !(Number.isInteger(Number(values.batch)) && Number(values.batch) >= 1)) {
    process.stderr.write(USAGE);
    process.exitCode = 2;
    return;
  }
  const model = await ModelFolder.open(folder);
  await write(model, path, values);
  await model.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().catch((error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
}
