/** The runtimes, and what the worker of each is told: which code, which model. */

/**
 * @typedef {object} Runtime
 * @property {string} name
 * @property {string} title with what it computes in
 * @property {string} of the library's name
 * @property {'processor' | 'graphics'} place where it computes
 * @property {string} format of the model, as models.mjs has it
 * @property {(threads: number) => string[]} code addresses of the larger files that it fetches besides the model
 * @property {(origin: string, models: import('../../models.mjs').Models, threads: number) => object} options
 */

const ONNXRUNTIME_DIST = '/peers/onnxruntime-web/dist/';
const LITERT_DIST = '/peers/@litertjs/core/';

const percept = (name, title, variant) => ({
  name,
  title,
  of: 'Percept',
  place: 'processor',
  format: 'q8',
  code: (threads) => [`/lib/wasm/tower-${variant === 'auto' ? 'relaxed' : variant}${threads > 1 ? '-shared' : ''}.wasm`],
  options: (origin, { addresses, normalization }, threads) => ({
    runtime: 'percept', web: `${origin}/`, model: origin + addresses.q8, variant, threads, normalization,
  }),
});

const onnxruntime = (name, title, { place, format, bundle, wasm, provider }) => ({
  name,
  title,
  of: 'onnxruntime-web',
  place,
  format,
  code: () => [bundle, `${wasm}.mjs`, `${wasm}.wasm`].map((file) => ONNXRUNTIME_DIST + file),
  options: (origin, { addresses, normalization }, threads) => ({
    runtime: 'onnxruntime', script: `${origin}${ONNXRUNTIME_DIST}${bundle}`, model: origin + addresses[format], provider, threads, normalization,
  }),
});

const litert = (name, title, { place, accelerator }) => {
  const glue = (threads) => `${LITERT_DIST}wasm/litert_wasm_${threads > 1 ? 'threaded_' : ''}internal`;
  return {
    name,
    title,
    of: 'LiteRT.js',
    place,
    format: 'tflite',
    code: (threads) => [`${LITERT_DIST}dist/index.js`, '/peers/@litertjs/wasm-utils/dist/index.js', `${glue(threads)}.js`, `${glue(threads)}.wasm`],
    options: (origin, { addresses, normalization }, threads) => ({
      runtime: 'litert',
      script: `${origin}${LITERT_DIST}dist/index.js`,
      wasm: `${origin}${LITERT_DIST}wasm/`,
      model: origin + addresses.tflite,
      accelerator,
      threads,
      normalization,
    }),
  };
};

export const PERCEPT = percept('percept', 'Percept q8', 'auto');
export const PERCEPT_SIMD128 = percept('percept-simd128', 'Percept q8, simd128 build', 'simd128');

export const ONNXRUNTIME = onnxruntime('onnxruntime', 'onnxruntime-web 1.30, dynamic int8', {
  place: 'processor', format: 'onnx', bundle: 'ort.wasm.min.mjs', wasm: 'ort-wasm-simd-threaded', provider: 'wasm',
});
export const LITERT = litert('litert', 'LiteRT.js 2.5, int8 weights', { place: 'processor', accelerator: 'wasm' });

/**
 * The peers on a graphics card, each with the numbers that suit it: what they would take for int8 there is not faster.
 * @param {{halves: boolean}} card whether it computes in float16
 */
export function graphicsRuntimes({ halves }) {
  const numbers = halves ? 'float16' : 'float32';
  return [
    onnxruntime('onnxruntime-webgpu', `onnxruntime-web 1.30, WebGPU, ${numbers}`, {
      place: 'graphics', format: halves ? 'onnxHalf' : 'onnxFloat', bundle: 'ort.webgpu.min.mjs', wasm: 'ort-wasm-simd-threaded.asyncify', provider: 'webgpu',
    }),
    litert('litert-webgpu', 'LiteRT.js 2.5, WebGPU, int8 weights', { place: 'graphics', accelerator: 'webgpu' }),
  ];
}
