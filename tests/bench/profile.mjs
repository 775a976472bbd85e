/**
 * Where Percept's time goes, by kind of layer: Chromium's sampling profiler on a build of the tower that keeps its
 * functions' names (build/bench/profile/). One thread, the build with the relaxed dot.
 */
import { BrowserSession } from './browser.mjs';
import { VIEWS } from './page/measure/views.js';
import { PERCEPT } from './page/measure/runtimes.js';
import { median } from './page/measure/statistics.js';

/** Microseconds between samples. */
const INTERVAL = 200;
/** Milliseconds that are profiled. */
const DURATION = 4000;
/** Runs that are timed before, each beside a measurement of the peak. */
const RUNS = 7;

/** Names of the engine's functions, as c_src has them; the first pattern that fits counts. */
export const KINDS = [
  { kind: 'linear', title: 'linear layers: the int8 product', pattern: /gemm_q8|multiply_panel/ },
  { kind: 'epilogue', title: 'bias, activation, residual', pattern: /finish|activat|gelu/ },
  { kind: 'attention', title: 'attention', pattern: /gemm_i16|attention|attend|softmax|exponential|i16|pack_|score/ },
  { kind: 'prepare', title: 'normalise, quantise the activations', pattern: /quantize|layer_norm|prepare|largest/ },
];
const REST = { kind: 'rest', title: 'everything else' };

/** @returns {Promise<{shares: {kind: string, title: string, share: number}[], functions: [string, number][], milliseconds: number,
 *   peak: Record<string, number>}>} */
export async function profileTower(server, models) {
  const session = await BrowserSession.open('chromium', server.origin);
  try {
    const options = { ...PERCEPT.options(server.origin, models, 1), web: `${server.origin}/profile/`, variant: 'relaxed' };
    await session.loadAnew(options, { ...VIEWS, count: 1 });
    const times = [];
    const peaks = [];
    for (let run = 0; run < RUNS; run += 1) {
      times.push((await session.call('run')).milliseconds);
      peaks.push(await session.call('peak'));
    }
    const milliseconds = median(times);
    const peak = { fused: median(peaks.map(({ fused }) => fused)), pairs: median(peaks.map(({ pairs }) => pairs)) };
    const { client } = session.page.workers()[0];
    await client.send('Profiler.enable');
    await client.send('Profiler.setSamplingInterval', { interval: INTERVAL });
    await client.send('Profiler.start');
    await session.call('repeat', Math.max(2, Math.round(DURATION / milliseconds)));
    const { profile } = await client.send('Profiler.stop');
    return { milliseconds, peak, ...shareOut(selfTimes(profile)) };
  } finally {
    await session.close();
  }
}

/** Samples in each function of the engine. */
function selfTimes({ nodes, samples }) {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const counts = new Map();
  for (const id of samples) {
    const { functionName, url } = names.get(id);
    if (url.endsWith('.wasm')) counts.set(functionName, (counts.get(functionName) ?? 0) + 1);
  }
  return counts;
}

function shareOut(counts) {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const byKind = new Map([...KINDS, REST].map((entry) => [entry.kind, { ...entry, share: 0 }]));
  for (const [name, count] of counts) {
    const { kind } = KINDS.find(({ pattern }) => pattern.test(name)) ?? REST;
    byKind.get(kind).share += count / total;
  }
  const functions = [...counts].map(([name, count]) => [name, count / total]).sort((a, b) => b[1] - a[1]);
  return { shares: [...byKind.values()].map(({ kind, title, share }) => ({ kind, title, share })), functions };
}
