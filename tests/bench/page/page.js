/** The page's end of the worker: `start` begins anew, `call` runs one of worker.js's methods. */
let worker;
let calls = new Map();
let threads;

function start() {
  worker?.terminate();
  threads?.terminate();
  calls = new Map();
  worker = new Worker('worker.js');
  worker.onmessage = ({ data: { id, result, error, type, work } }) => {
    if (type === 'thread') {
      startThread(work);
      return;
    }
    const { resolve, reject } = calls.get(id);
    calls.delete(id);
    if (error) reject(new Error(error));
    else resolve(result);
  };
  worker.onerror = (event) => fail(event.message ?? 'the worker failed');
}

function fail(reason) {
  for (const { reject } of calls.values()) reject(new Error(reason));
}

/** Percept's threads, which it asks its page for. */
async function startThread(work) {
  const { ThreadWorkers } = await import('/lib/engine/thread-workers.js');
  threads ??= new ThreadWorkers(new URL('/lib/engine/thread.js', location.href).href, {
    onReady: () => worker.postMessage({ type: 'threadReady' }),
    onDeath: (reason) => fail(`a thread died: ${reason}`),
  });
  threads.start(work);
}

function call(method, ...args) {
  return new Promise((resolve, reject) => {
    const id = Math.random();
    calls.set(id, { resolve, reject });
    worker.postMessage({ id, method, args });
  });
}

/** Milliseconds from the worker's start to the first embedding, code and weights fetched on the way. */
async function loadAnew(options, views) {
  const begin = performance.now();
  start();
  await call('load', options);
  await call('prepare', views);
  const { embeddings } = await call('run');
  return { milliseconds: performance.now() - begin, embeddings };
}
