/** The hashes of weights files' pieces, in both ways and in whichever is chosen, against Node's own. */
import assert from 'node:assert/strict';
import { createHash, webcrypto } from 'node:crypto';
import { afterEach, test } from 'node:test';

const PIECE = 1 << 20;
/** More than the calls in which the two ways are timed. */
const CALLS = 12;

const { digest } = Object.getPrototypeOf(webcrypto.subtle);
const stand = (replacement) => { webcrypto.subtle.digest = replacement; };
afterEach(() => { delete webcrypto.subtle.digest; });

/** The module as a new worker has it: no way was tried yet. */
let fresh = 0;
const load = () => import(`../../web/lib/weights/hash.js?fresh=${fresh += 1}`);

const bytesOf = (length, seed) => Uint8Array.from({ length }, (_, at) => (at * 7 + seed * 31 + (at >> 9)) & 0xFF);
const BYTES = bytesOf(5 * PIECE + 12345, 1);

function expected(bytes) {
  const pieces = Array.from({ length: Math.ceil(bytes.length / PIECE) }, (_, at) => bytes.subarray(at * PIECE, (at + 1) * PIECE));
  return pieces.map((piece) => createHash('sha256').update(piece).digest('hex'));
}

async function hashAgainAndAgain(bytes) {
  const { sha256OfPieces } = await load();
  for (let call = 0; call < CALLS; call += 1) assert.deepEqual(await sha256OfPieces(bytes, PIECE), expected(bytes), `call ${call}`);
}

test('whole pieces, and a shorter one at the end, have their SHA-256 in either way', async () => {
  for (const bytes of [BYTES, BYTES.subarray(0, 4 * PIECE), BYTES.subarray(7, 9), BYTES.subarray(3, 3 + PIECE)]) await hashAgainAndAgain(bytes);
});

test('a crypto.subtle that takes long is tried and left', async () => {
  let asked = 0;
  stand(function slow(...given) {
    asked += 1;
    const end = performance.now() + 40;
    while (performance.now() < end);
    return digest.apply(this, given);
  });
  await hashAgainAndAgain(BYTES.subarray(0, PIECE));
  assert.equal(asked, 3);
});

test('a crypto.subtle that works elsewhere hashes all that follows', async () => {
  let asked = 0;
  const answer = createHash('sha256').update(BYTES.subarray(0, PIECE)).digest();
  stand(() => {
    asked += 1;
    return Promise.resolve(answer.buffer.slice(answer.byteOffset, answer.byteOffset + answer.length));
  });
  await hashAgainAndAgain(BYTES.subarray(0, PIECE));
  assert.equal(asked, CALLS - 3);
});

test('one that fails leaves it to the engine', async () => {
  stand(() => Promise.reject(new DOMException('no memory', 'OperationError')));
  await hashAgainAndAgain(BYTES.subarray(0, 2 * PIECE));
  stand(() => { throw new TypeError('no'); });
  await hashAgainAndAgain(BYTES.subarray(0, 2 * PIECE));
});

test('a page without crypto.subtle does without', async () => {
  const { subtle } = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(webcrypto));
  Object.defineProperty(webcrypto, 'subtle', { value: undefined, configurable: true });
  try {
    await hashAgainAndAgain(BYTES);
  } finally {
    delete webcrypto.subtle;
  }
  assert.equal(typeof subtle.get, 'function');
  assert.ok(webcrypto.subtle);
});
