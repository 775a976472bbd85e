/**
 * Runs one runtime in a worker. A classic one, since LiteRT.js calls importScripts.
 *
 * A runtime is a module with load(options), which resolves to {prepare(views), run()}: prepare turns 8-bit views
 * into what the runtime takes, outside of the time that is measured; run resolves to the embeddings.
 */

/** Every memory that a WebAssembly instance of this worker uses. */
const memories = new Set();

for (const name of ['instantiate', 'instantiateStreaming']) {
  const original = WebAssembly[name];
  WebAssembly[name] = async (source, imports) => {
    const result = await original.call(WebAssembly, source, imports);
    const values = [...Object.values(imports ?? {}).flatMap((module) => Object.values(module)), ...Object.values((result.instance ?? result).exports)];
    for (const value of values) if (value instanceof WebAssembly.Memory) memories.add(value);
    return result;
  };
}

let session;
let peaks;
/** Called when one of Percept's threads, which the page starts, is about to enter the engine. */
let threadReady;

const methods = {
  async load(options) {
    const runtime = await import(`./runtimes/${options.runtime}.js`);
    session = await runtime.load(options, (join) => {
      threadReady = join;
    });
  },

  /** @param {{size: number, seed: number, count: number, first?: number}} views pictures of generator.mjs */
  async prepare({ size, seed, count, first = 0 }) {
    const { syntheticView } = await import('/golden/generator.mjs');
    const views = new Uint8Array(count * size * size * 3);
    for (let index = 0; index < count; index += 1) views.set(syntheticView(size, seed, first + index), index * size * size * 3);
    session.prepare(views, count, size);
  },

  async run() {
    const begin = performance.now();
    const embeddings = await session.run();
    return { milliseconds: performance.now() - begin, embeddings: Array.from(embeddings) };
  },

  /** Many runs without a word between them, for the profiler. */
  async repeat(times) {
    for (let count = 0; count < times; count += 1) await session.run();
  },

  facts() {
    const bytes = [...memories].reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
    return { wasmBytes: bytes, ...session.facts?.() };
  },

  async peak() {
    peaks ??= await (await import('./peak.js')).makePeaks();
    return peaks.measure();
  },
};

onmessage = async ({ data: { type, id, method, args } }) => {
  if (type === 'threadReady') {
    threadReady();
    return;
  }
  try {
    postMessage({ id, result: await methods[method](...args) });
  } catch (error) {
    postMessage({ id, error: `${error?.message ?? error}\n${error?.stack ?? ''}` });
  }
};
