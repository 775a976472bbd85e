/**
 * The processor's peak for int8 dot products in this WebAssembly engine: the inner loop of a matrix product with
 * everything in the first-level cache and nothing around it. Three ways to multiply:
 *
 *   fused  i32x4.relaxed_dot_i8x16_i7x16_add_s, one operation where the processor has such a dot (VNNI, sdot)
 *   pairs  i16x8.relaxed_dot_i8x16_i7x16_s, then i32x4.dot_i16x8_s with a register of ones, then an addition
 *   words  i32x4.dot_i16x8_s on numbers of 16 bits, then an addition: what there is without relaxed SIMD
 *
 * Each is tried with tiles of 4, 5 and 6 rows by 8 outputs, which is 8, 10 and 12 accumulators; the best counts.
 */

const I32 = 0x7F;
const V128 = 0x7B;
const SIMD = 0xFD;

const END = 0x0B;
const LOOP = [0x03, 0x40];
const get = (local) => [0x20, local];
const set = (local) => [0x21, local];
const tee = (local) => [0x22, local];
const constant = (value) => [0x41, ...signed(value)];
const ADD = 0x6A;
const AND = 0x71;
const branchIf = (depth) => [0x0D, depth];

const load = (offset) => [SIMD, 0, 0, ...unsigned(offset)];
const loadSplat = (offset) => [SIMD, 9, 0, ...unsigned(offset)];
const SPLAT_WORDS = [SIMD, 0x10];
const FIRST_LANE = [SIMD, 0x1B, 0];
const ADD_LANES = [SIMD, ...unsigned(0xAE)];
const DOT_WORDS = [SIMD, ...unsigned(0xBA)];
const DOT_BYTES = [SIMD, ...unsigned(0x112)];
const DOT_BYTES_ADD = [SIMD, ...unsigned(0x113)];

function unsigned(value) {
  return value < 0x80 ? [value] : [(value & 0x7F) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value) {
  const rest = value >> 7;
  const ends = (rest === 0 && !(value & 0x40)) || (rest === -1 && (value & 0x40));
  return ends ? [value & 0x7F] : [(value & 0x7F) | 0x80, ...signed(rest)];
}

/** Locals: the rounds left, the place, then vectors: ones, a row's bytes, two of codes, the accumulators. */
const ROUNDS = 0;
const PLACE = 1;
const ONES = 2;
const ROW = 3;
const CODES = 4;
const SUMS = 6;

/** What adds the product of ROW and the codes to an accumulator, and its multiplications. */
const WAYS = {
  fused: { macs: 16, multiply: (codes, sum) => [get(ROW), get(codes), get(sum), DOT_BYTES_ADD, set(sum)] },
  pairs: { macs: 16, multiply: (codes, sum) => [get(ROW), get(codes), DOT_BYTES, get(ONES), DOT_WORDS, get(sum), ADD_LANES, set(sum)] },
  words: { macs: 8, multiply: (codes, sum) => [get(ROW), get(codes), DOT_WORDS, get(sum), ADD_LANES, set(sum)] },
};

const TILE_ROWS = [4, 5, 6];
/** Bytes of codes that are read over and over, and of a row: together half of a first-level cache. */
const CODES_BYTES = 4096;
const ROW_BYTES = 2048;
/** Not a power of two, so that rows do not fall onto the same banks of the cache. */
const ROW_STRIDE = ROW_BYTES + 320;
/** Steps of a round, written one after the other, so that the loop itself costs little. */
const STEPS = 8;
const STEP_BYTES = 32;

function step(multiply, sums, at) {
  const tile = Array.from({ length: sums.length / 2 }, (_, row) => [
    get(PLACE), loadSplat(CODES_BYTES + row * ROW_STRIDE + at), set(ROW),
    multiply(CODES, sums[2 * row]), multiply(CODES + 1, sums[2 * row + 1]),
  ]);
  return [get(PLACE), load(at), set(CODES), get(PLACE), load(at + 16), set(CODES + 1), tile];
}

function body(multiply, rows) {
  const sums = Array.from({ length: 2 * rows }, (_, index) => SUMS + index);
  return [
    constant(1), SPLAT_WORDS, set(ONES),
    LOOP,
    Array.from({ length: STEPS }, (_, index) => step(multiply, sums, index * STEP_BYTES)),
    get(PLACE), constant(STEPS * STEP_BYTES), ADD, constant(ROW_BYTES - 1), AND, set(PLACE),
    get(ROUNDS), constant(-1), ADD, tee(ROUNDS), branchIf(0),
    END,
    get(sums[0]), sums.slice(1).map((sum) => [get(sum), ADD_LANES]), FIRST_LANE,
    END,
  ].flat(Infinity);
}

function section(id, content) {
  return [id, ...unsigned(content.length), ...content];
}

/** A module with one function, run(rounds) -> a number that depends on every product. */
function assemble(multiply, rows) {
  const code = [2, 1, I32, 4 + 2 * rows, V128, ...body(multiply, rows)];
  return Uint8Array.from([
    0, 0x61, 0x73, 0x6D, 1, 0, 0, 0,
    ...section(1, [1, 0x60, 1, I32, 1, I32]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [1, 3, 0x72, 0x75, 0x6E, 0, 0]),
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ]);
}

/** Some ten milliseconds, for clocks rounded to 100 µs. */
const CALL_ROUNDS = 200_000;
const CALLS = 4;

/** Multiplications for each nanosecond, that is 10⁹ each second, of the fastest call. */
function speed({ run, macs }) {
  let shortest = Infinity;
  for (let call = 0; call < CALLS; call += 1) {
    const begin = performance.now();
    run(CALL_ROUNDS);
    shortest = Math.min(shortest, performance.now() - begin);
  }
  return (macs * CALL_ROUNDS) / (shortest * 1e6);
}

/** @returns {Promise<{measure: () => Record<string, number>}>} 10⁹ multiplications a second on one core, by way */
export async function makePeaks() {
  const kernels = [];
  for (const [way, { macs, multiply }] of Object.entries(WAYS)) {
    for (const rows of TILE_ROWS) {
      const bytes = assemble(multiply, rows);
      if (!WebAssembly.validate(bytes)) continue; // an engine without relaxed SIMD
      const { instance } = await WebAssembly.instantiate(bytes);
      kernels.push({ way, run: instance.exports.run, macs: STEPS * 2 * rows * macs });
    }
  }
  const measure = () => {
    const best = {};
    for (const kernel of kernels) best[kernel.way] = Math.max(best[kernel.way] ?? 0, speed(kernel));
    return best;
  };
  return { measure };
}
