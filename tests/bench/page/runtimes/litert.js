/** LiteRT.js on its processor backend, XNNPACK, or on WebGPU. Its shapes are fixed: views are computed one after the other. */
import { interleaved } from './pixels.js';

export async function load({ script, wasm, model, accelerator, threads, normalization }) {
  const litert = await import(script);
  // Emscripten's glue looks for its files beside the worker's script unless it is told.
  self.Module = { locateFile: (file) => wasm + file, mainScriptUrlOrBlob: `${wasm}litert_wasm_threaded_internal.js` };
  const runtime = await litert.loadLiteRt(wasm, { threads: threads > 1 });
  const compiled = await litert.loadAndCompile(model, { accelerator, cpuOptions: { numThreads: threads } });
  if (accelerator === 'webgpu' && !compiled.isFullyAccelerated) throw new Error('it would compute this model, or parts of it, on the processor.');
  return new Session(litert, runtime, compiled, normalization);
}

class Session {
  constructor(litert, runtime, compiled, normalization) {
    this.litert = litert;
    this.runtime = runtime;
    this.compiled = compiled;
    this.normalization = normalization;
  }

  prepare(views, count, size) {
    const length = size * size * 3;
    const pixels = interleaved(views, this.normalization);
    this.views?.forEach((tensor) => tensor.delete());
    this.views = Array.from({ length: count }, (_, view) => (
      new this.litert.Tensor(pixels.slice(view * length, (view + 1) * length), [1, size, size, 3])));
  }

  async run() {
    const embeddings = [];
    for (const view of this.views) {
      const [made] = await this.compiled.run([view]);
      const result = await made.moveTo('wasm'); // where it lies unless a graphics card made it
      embeddings.push(...result.toTypedArray());
      result.delete();
    }
    return embeddings;
  }

  facts() {
    return { accelerated: this.compiled.liteRtCompiledModel?.isFullyAccelerated?.() };
  }
}
