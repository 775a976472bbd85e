/** onnxruntime-web: its WebAssembly backend, or WebGPU's, whose bundle is larger. */
import { planar } from './pixels.js';

export async function load({ script, model, provider, threads, normalization }) {
  const ort = await import(script);
  ort.env.wasm.numThreads = threads;
  const session = await ort.InferenceSession.create(model, { executionProviders: [provider], graphOptimizationLevel: 'all' });
  return new Session(ort, session, normalization);
}

class Session {
  constructor(ort, session, normalization) {
    this.ort = ort;
    this.session = session;
    this.normalization = normalization;
  }

  prepare(views, count, size) {
    this.pixels = new this.ort.Tensor('float32', planar(views, count, size, this.normalization), [count, 3, size, size]);
  }

  async run() {
    const results = await this.session.run({ pixels: this.pixels });
    return results[this.session.outputNames[0]].data;
  }
}
