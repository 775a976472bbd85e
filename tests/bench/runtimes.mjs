/** What each runtime's page is told: which code, which model. */
import { urlOf } from './models.mjs';

/** @typedef {{name: string, title: string, options: (origin: string, models: object, threads: number) => object}} Runtime */

const percept = (name, title, variant) => ({
  name,
  title,
  options: (origin, { q8, normalization }, threads) => ({
    runtime: 'percept', web: `${origin}/`, model: urlOf(origin, q8), variant, threads, normalization,
  }),
});

export const PERCEPT = percept('percept', 'Percept q8', 'auto');
export const PERCEPT_SIMD128 = percept('percept-simd128', 'Percept q8, simd128 build', 'simd128');

export const ONNXRUNTIME = {
  name: 'onnxruntime',
  title: 'onnxruntime-web 1.30, dynamic int8',
  options: (origin, { onnx, normalization }, threads) => ({
    runtime: 'onnxruntime', script: `${origin}/peers/onnxruntime-web/dist/ort.wasm.min.mjs`, model: urlOf(origin, onnx), threads, normalization,
  }),
};

export const LITERT = {
  name: 'litert',
  title: 'LiteRT.js 2.5, int8 weights',
  options: (origin, { tflite, normalization }, threads) => ({
    runtime: 'litert',
    script: `${origin}/peers/@litertjs/core/dist/index.js`,
    wasm: `${origin}/peers/@litertjs/core/wasm/`,
    model: urlOf(origin, tflite),
    threads,
    normalization,
  }),
};
