/** web/lib/weights/load.js over connections that fail, with and without a storage that outlives them. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { BodyReader } from '../../web/lib/weights/body.js';
import { loadShards } from '../../web/lib/weights/load.js';
import { PIECE_BYTES } from '../../web/lib/weights/manifest.js';
import { Scorer } from '../../web/lib/percept.js';
import { Storage } from '../../web/lib/weights/storage.js';
import { mix32 } from '../golden/generator.mjs';
import { serveFaulty } from '../support/faulty-server.mjs';
import { MemoryBackend, describeShard, makeFile } from '../support/shards.mjs';

/** No test waits long between attempts; those that stall do not wait long for a byte, either. */
const PATIENCE = { stall: 20_000, attempts: 3, firstWait: 5, longestWait: 20 };
const patienceFor = (what) => (what.includes('stall') ? { ...PATIENCE, stall: 300 } : PATIENCE);

const FILES = [2.5, 1.2, 3, 0.01].map((mebibytes, at) => makeFile({ dataBytes: Math.floor(mebibytes * PIECE_BYTES), seed: at + 1 }));
const SHARDS = FILES.map(describeShard);
const TOTAL = FILES.reduce((sum, { length }) => sum + length, 0);
const [LARGE] = FILES;
const [LARGE_SHARD] = SHARDS;

const isCoded = (code, file) => (error) => {
  assert.equal(error.code, code, error.message);
  if (file) assert.ok(error.message.includes(file), error.message);
  return true;
};

/** Loads shards, and compares what was placed with the files and progress with the bytes. */
async function load(server, shards, { storage, signal, trustsSeals, patience = PATIENCE, onBytes = () => {} } = {}) {
  const placed = new Map();
  const came = { network: 0, device: 0 };
  await loadShards(shards, {
    base: `${server.origin}/model.json`,
    patience,
    storage,
    trustsSeals,
    signal,
    onBytes: (bytes, from) => {
      came[from] += bytes;
      onBytes(came);
    },
    place: ({ file }) => {
      placed.set(file, { data: Buffer.alloc(0), finished: false });
      return {
        write: (offset, part) => {
          const place = placed.get(file);
          assert.equal(offset, place.data.length);
          place.data = Buffer.concat([place.data, part]);
        },
        finish: () => { placed.get(file).finished = true; },
      };
    },
  });
  for (const shard of shards) {
    const { data, finished } = placed.get(shard.file);
    const bytes = FILES[SHARDS.indexOf(shard)];
    assert.ok(finished && data.equals(bytes.subarray(bytes.length - data.length)), shard.file);
  }
  assert.equal(came.network + came.device, shards.reduce((sum, shard) => sum + shard.bytes, 0));
  return came;
}

/** Runs with the large file, or all of them, behind a faulty server. */
async function withServer(chooseFault, run) {
  const server = await serveFaulty(Object.fromEntries(SHARDS.map(({ file }, at) => [`/${file}`, FILES[at]])), chooseFault);
  try {
    return await run(server);
  } finally {
    await server.close();
  }
}

/** Faults that a download gets over, with the offsets that it then asks for. */
const OVERCOME = {
  'nothing wrong': [() => null, [0]],
  'a piece that arrives damaged once, which is fetched once more': [({ count }) => count === 1 && { flipAt: PIECE_BYTES + 5 }, [0, PIECE_BYTES]],
  'a broken connection, which goes on at the byte where it broke': [({ count }) => count === 1 && { cutAt: 1_700_000 }, [0, 1_700_000]],
  'a body that ends early without a word': [({ count }) => count === 1 && { length: 1_700_000, noLength: true }, [0, 1_700_000]],
  'a stalled connection': [({ count }) => count === 1 && { stallAt: 1_700_000 }, [0, 1_700_000]],
  'a server in trouble': [({ count }) => count < 3 && { status: count === 1 ? 500 : 503 }, [0, 0, 0]],
  'too many requests': [({ count }) => count === 1 && { status: 429 }, [0, 0]],
  'a server without ranges': [({ count }) => ({ ignoreRange: true, ...(count === 1 && { cutAt: 1_700_000 }) }), [0, 0]],
  'another version under the same name for a moment': [({ count }) => (count === 1 ? { cutAt: 1_700_000, etag: '"old"' } : {}), [0, 0]],
  'a slow drip': [() => ({ drip: 50_000 }), [0]],
  'no Content-Length': [() => ({ noLength: true }), [0]],
  'compression': [() => ({ gzip: true }), [0]],
  'compression, and damage': [({ count }) => ({ gzip: true, ...(count === 1 && { flipAt: PIECE_BYTES + 5 }) }), [0, 0]],
};

for (const [what, [chooseFault, starts]] of Object.entries(OVERCOME)) {
  test(`gets over ${what}`, () => withServer(chooseFault, async (server) => {
    await load(server, [LARGE_SHARD], { patience: patienceFor(what) });
    assert.deepEqual(server.requests.map(({ start }) => start), starts);
  }));
}

test('a stalled connection is noticed by a clock that runs backwards, too', () => withServer(({ count }) => count === 1 && { stallAt: 1_700_000 }, async (server) => {
  const { now } = performance;
  let time = 1e9;
  performance.now = () => { time -= 1000; return time; };
  try {
    await load(server, [LARGE_SHARD], { patience: patienceFor('stall') });
  } finally {
    performance.now = now;
  }
  assert.deepEqual(server.requests.map(({ start }) => start), [0, 1_700_000]);
}));

test('follows a redirect', async () => {
  const elsewhere = await serveFaulty({ '/moved': LARGE });
  await withServer(() => ({ redirect: `${elsewhere.origin}/moved` }), (server) => load(server, [LARGE_SHARD]));
  assert.equal(elsewhere.requests.length, 1);
  await elsewhere.close();
});

/** Faults that stay, and how they end. */
const REFUSED = {
  'a piece that stays damaged': ['weights-corrupt', () => ({ flipAt: 9 }), 2],
  'a last piece that stays damaged': ['weights-corrupt', () => ({ flipAt: LARGE.length - 1 }), 2],
  'a file that is too short': ['weights-corrupt', () => ({ length: LARGE.length - 8 })],
  'a file that is too short, without ranges': ['weights-corrupt', () => ({ length: LARGE.length - 8, ignoreRange: true })],
  'a file that is too long': ['weights-corrupt', () => ({ length: LARGE.length + 8 }), 2],
  'an empty file': ['weights-corrupt', () => ({ length: 0 })],
  'a file that is missing': ['not-found', () => ({ status: 404 }), 1],
  'a file that is forbidden': ['not-found', () => ({ status: 403 }), 1],
  'a server that stays in trouble': ['network', () => ({ status: 500 }), 4],
  'a connection that always breaks': ['network', () => ({ cutAt: 0 }), 4],
  'a connection that breaks at one byte again and again': ['network', () => ({ cutAt: 1_700_000 }), 4],
  'a connection that always stalls': ['network', () => ({ stallAt: 0 }), 4],
};

for (const [what, [code, chooseFault, requests]] of Object.entries(REFUSED)) {
  test(`refuses ${what}, by name`, () => withServer(chooseFault, async (server) => {
    await assert.rejects(load(server, [LARGE_SHARD], { patience: patienceFor(what) }), isCoded(code, LARGE_SHARD.file));
    if (requests) assert.equal(server.requests.length, requests);
  }));
}

test('three shards are on their way at a time, and one that fails stops the others', () => withServer(
  () => ({ stallAt: 1000 }),
  async (server) => {
    await assert.rejects(load(server, SHARDS, { patience: patienceFor('stall') }), isCoded('network'));
    assert.equal(new Set(server.requests.map(({ path }) => path)).size, 3);
  },
));

/** 50 places where a download breaks, spread over all files by a fixed hash. */
const BREAKS = Array.from({ length: 50 }, (_, at) => (mix32(77, at) >>> 0) % TOTAL);

test('a connection cut at any of 50 bytes: the missing bytes come, and no others', async () => {
  for (const place of BREAKS) {
    let index = 0;
    let offset = place;
    while (offset >= FILES[index].length) offset -= FILES[index++].length;
    const path = `/${SHARDS[index].file}`;
    await withServer(({ path: asked, count }) => asked === path && count === 1 && { cutAt: offset }, async (server) => {
      await load(server, SHARDS);
      const [first, again] = server.requests.filter((request) => request.path === path);
      assert.equal(first.sent, offset);
      assert.ok(again.start <= offset && offset - again.start <= 65536, `cut at ${offset}, asked again from ${again.start}`);
      assert.ok(server.shardBytes <= TOTAL + 65536);
    });
  }
});

test('a visit that ends at any of 50 bytes: the next one fetches the missing bytes and at most a MiB more', async () => {
  for (const [at, place] of BREAKS.entries()) {
    const backend = new MemoryBackend();
    const controller = new AbortController();
    let came = 0;
    let left; // what the device has when the tab dies: nobody writes what is still in hand
    const onBytes = ({ network }) => {
      if (network < place || left) return;
      came = network;
      left = new Map(backend.shards);
      controller.abort();
    };
    await withServer(() => null, async (server) => {
      const visit = load(server, SHARDS, { storage: new Storage(backend, null), signal: controller.signal, onBytes });
      await assert.rejects(visit, isCoded('aborted'));
    });
    const killed = at % 2 === 0; // otherwise cancelled, which keeps all that came
    if (killed) backend.shards = left;
    await withServer(() => null, async (server) => {
      const { network, device } = await load(server, SHARDS, { storage: new Storage(backend, null) });
      assert.ok(network <= TOTAL - came + (killed ? PIECE_BYTES : 0), `${came} came, then ${network} of ${TOTAL}`);
      assert.equal(device, TOTAL - network);
      assert.equal(server.shardBytes, network);
    });
  }
});

test('what is on the device is not asked for, and is verified again', () => withServer(() => null, async (server) => {
  const backend = new MemoryBackend();
  await load(server, SHARDS, { storage: new Storage(backend, null) });
  server.requests.length = 0;
  assert.deepEqual(await load(server, SHARDS, { storage: new Storage(backend, null) }), { network: 0, device: TOTAL });
  assert.equal(server.requests.length, 0);
  backend.shards.get(LARGE_SHARD.sha256)[PIECE_BYTES + 3] ^= 1;
  const { network } = await load(server, SHARDS, { storage: new Storage(backend, null) });
  assert.deepEqual(server.requests.map(({ path, start }) => [path, start]), [[`/${LARGE_SHARD.file}`, PIECE_BYTES]]);
  assert.equal(network, LARGE.length - PIECE_BYTES);
  assert.ok(backend.shards.get(LARGE_SHARD.sha256).equals(LARGE));
}));

test('what was sealed on the device is compared with its seal, and what differs from it with the SHA-256', () => withServer(() => null, async (server) => {
  const backend = new MemoryBackend();
  await load(server, SHARDS, { storage: new Storage(backend, null) });
  const seals = new Map(backend.seals);
  assert.deepEqual([...seals.keys()].sort(), SHARDS.map(({ sha256 }) => sha256).sort());
  assert.ok([...seals.values()].every((text) => /^[0-9a-f]{16}( [0-9a-f]{16})*$/.test(text)));
  const { pieces } = LARGE_SHARD;
  LARGE_SHARD.pieces = pieces.map(() => '0'.repeat(64));
  try {
    assert.equal((await load(server, SHARDS, { storage: new Storage(backend, null) })).device, TOTAL, 'its hashes are not asked');
  } finally {
    LARGE_SHARD.pieces = pieces;
  }
  for (const spoilt of ['', 'x', seals.get(LARGE_SHARD.sha256).replace(/ .*/, ''), seals.get(SHARDS[2].sha256)]) {
    backend.seals.set(LARGE_SHARD.sha256, spoilt);
    assert.deepEqual(await load(server, SHARDS, { storage: new Storage(backend, null) }), { network: 0, device: TOTAL });
    assert.equal(backend.seals.get(LARGE_SHARD.sha256), seals.get(LARGE_SHARD.sha256), 'and is mended');
  }
  LARGE_SHARD.pieces = pieces.map(() => '0'.repeat(64));
  try {
    const pinned = load(server, SHARDS, { storage: new Storage(backend, null), trustsSeals: false });
    await assert.rejects(pinned, isCoded('weights-corrupt'), 'where the model is pinned, its hashes alone count');
  } finally {
    LARGE_SHARD.pieces = pieces;
  }
}));

/** navigator.locks in which another tab holds every lock until `letGo` is called. */
function withHeldLocks(run) {
  let letGo;
  const free = new Promise((resolve) => { letGo = resolve; });
  const request = (_, { signal }, work) => new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
    free.then(() => work()).then(resolve, reject);
  });
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { locks: { request } }, configurable: true });
  return run(letGo).finally(() => (before ? Object.defineProperty(globalThis, 'navigator', before) : delete globalThis.navigator));
}

test('a tab that fetches is waited for while it stores something, and one that is frozen is not', () => withServer(() => null, (server) => withHeldLocks(async (letGo) => {
  const patience = { ...PATIENCE, stall: 400 };
  const frozen = new MemoryBackend();
  frozen.shards.set(LARGE_SHARD.sha256, LARGE.subarray(0, 1000));
  assert.deepEqual(await load(server, [LARGE_SHARD], { storage: new Storage(frozen, null), patience }), { network: LARGE.length, device: 0 });
  assert.equal(frozen.used, 1000, 'the file is the other tab\'s');

  server.requests.length = 0;
  const busy = new MemoryBackend();
  let stored = 0;
  const growing = setInterval(() => {
    stored += 100_000;
    busy.shards.set(LARGE_SHARD.sha256, LARGE.subarray(0, stored));
    if (stored < 1_500_000) return;
    clearInterval(growing);
    letGo();
  }, 80);
  const { network, device } = await load(server, [LARGE_SHARD], { storage: new Storage(busy, null), patience });
  assert.deepEqual([network, device], [LARGE.length - stored, stored]);
})));

test('damaged bytes do not stay on the device', () => withServer(() => ({ flipAt: PIECE_BYTES + 9 }), async (server) => {
  const backend = new MemoryBackend();
  await assert.rejects(load(server, [LARGE_SHARD], { storage: new Storage(backend, null) }), isCoded('weights-corrupt'));
  assert.ok(backend.shards.get(LARGE_SHARD.sha256).equals(LARGE.subarray(0, PIECE_BYTES)));
}));

test('a storage that is full, or breaks, costs nothing but itself', () => withServer(() => null, async (server) => {
  const full = Object.assign(new MemoryBackend(), { quota: 2 * PIECE_BYTES });
  const storage = new Storage(full, null);
  await load(server, SHARDS, { storage });
  assert.deepEqual([storage.kind, storage.reason], ['memory', 'full']);
  assert.ok(full.used > 0 && full.used <= full.quota);
  const again = await load(server, SHARDS, { storage: new Storage(full, null) });
  assert.ok(again.device > PIECE_BYTES, 'what fitted is used');

  const exact = Object.assign(new MemoryBackend(), { quota: TOTAL });
  const filled = new Storage(exact, null);
  await load(server, SHARDS, { storage: filled });
  assert.ok(exact.seals.size < SHARDS.length);
  assert.deepEqual([filled.kind, filled.reason], ['files', null], 'no room for a seal is no harm');

  const broken = new MemoryBackend();
  broken.openFile = () => Promise.reject(new DOMException('no', 'InvalidStateError'));
  const refused = new Storage(broken, null);
  await load(server, SHARDS, { storage: refused });
  assert.deepEqual([refused.kind, refused.reason], ['memory', 'refused']);
}));

test('a cancelled download stops at once, asks for nothing more, and keeps what came', () => withServer(
  ({ path }) => ({ stallAt: path.includes(LARGE_SHARD.file) ? 1_300_001 : 500_000 }),
  async (server) => {
    const backend = new MemoryBackend();
    const controller = new AbortController();
    let stopped;
    const visit = load(server, SHARDS.slice(0, 3), {
      storage: new Storage(backend, null),
      signal: controller.signal,
      onBytes: ({ network }) => {
        if (network < 2_300_001 || stopped) return;
        stopped = performance.now();
        controller.abort();
      },
    });
    await assert.rejects(visit, isCoded('aborted'));
    assert.ok(performance.now() - stopped < PATIENCE.stall / 2, 'it waits for bytes that do not come');
    assert.equal(server.requests.length, 3);
    assert.deepEqual(SHARDS.slice(0, 3).map(({ sha256 }) => backend.shards.get(sha256).length), [1_300_001, 500_000, 500_000]);
  },
));

test('a cancelled download does not wait for its next attempt', () => withServer(() => ({ status: 500 }), async (server) => {
  const controller = new AbortController();
  const loading = loadShards([LARGE_SHARD], {
    base: `${server.origin}/`, patience: { ...PATIENCE, firstWait: 60_000, longestWait: 60_000 }, signal: controller.signal, place: () => {}, onBytes: () => {},
  });
  setTimeout(() => controller.abort(), 50);
  await assert.rejects(loading, isCoded('aborted'));
}));

test('a model that cannot fit is refused with the figures, before its weights are asked for', async () => {
  const manifest = JSON.parse(await readFile(new URL('../../weights/demo/model.json', import.meta.url)));
  const [shard] = manifest.base.shards;
  manifest.base.shards = [1, 2, 3].map(() => ({ ...shard, bytes: 2 ** 31, pieces: Array(2048).fill(shard.sha256) }));
  const server = await serveFaulty({ '/model.json': Buffer.from(JSON.stringify(manifest)) });
  await assert.rejects(Scorer.load(server.origin), (error) => isCoded('out-of-memory')(error) && /needs \d{4} MiB .* smaller model/.test(error.message));
  assert.deepEqual(server.shardRequests, []);
  await server.close();
});

test('a body is read, too, where the browser has no reader that fills memory of ours', async (context) => {
  const { ReadableStreamBYOBReader } = globalThis;
  delete globalThis.ReadableStreamBYOBReader;
  context.after(() => { globalThis.ReadableStreamBYOBReader = ReadableStreamBYOBReader; });
  const parts = [Uint8Array.of(1, 2), Uint8Array.of(3)];
  const reader = new BodyReader(ReadableStream.from(parts)); // as Safari's: not of bytes, which getReader says by throwing
  assert.deepEqual([await reader.read(), await reader.read(), await reader.read()], [...parts, null]);
  assert.equal(await new BodyReader(null).read(), null);
});
