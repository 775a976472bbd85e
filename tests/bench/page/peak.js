/**
 * The processor's peak for int8 dot products in this WebAssembly engine: multiplications on registers alone, as many side by side as
 * hide how long each takes, and so many between two looks at the loop's end that nothing but the multipliers can hold it up.
 * Three ways to multiply:
 *
 *   fused  i32x4.relaxed_dot_i8x16_i7x16_add_s, one operation where the processor has such a dot (VNNI, sdot)
 *   pairs  i16x8.relaxed_dot_i8x16_i7x16_s, then i32x4.dot_i16x8_s with a register of ones, then an addition
 *   words  i32x4.dot_i16x8_s on numbers of 16 bits, then an addition: what there is without relaxed SIMD
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
const branchIf = (depth) => [0x0D, depth];

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

/** Locals: the rounds left, then vectors: words of 1, which serve as values, codes and ones, and the sums. */
const ROUNDS = 0;
const ONES = 1;
const SUMS = 2;

/**
 * What adds a product to a sum, and its multiplications. Where the sum itself is not an operand of the multiplication, it becomes one
 * of its factors: an engine would compute the same product but once.
 */
const WAYS = {
  fused: { macs: 16, multiply: (sum) => [get(ONES), get(ONES), get(sum), DOT_BYTES_ADD, set(sum)] },
  pairs: { macs: 16, multiply: (sum) => [get(sum), get(ONES), DOT_BYTES, get(ONES), DOT_WORDS, get(sum), ADD_LANES, set(sum)] },
  words: { macs: 8, multiply: (sum) => [get(sum), get(ONES), DOT_WORDS, get(sum), ADD_LANES, set(sum)] },
};

/** Sums side by side: two multiplications may begin in a cycle and take five or six, and sixteen registers hold no more. */
const SIDE_BY_SIDE = 12;
/** Times that each sum has its turn in a round. */
const TURNS = 16;

function body(multiply) {
  const sums = Array.from({ length: SIDE_BY_SIDE }, (_, index) => SUMS + index);
  return [
    constant(1), SPLAT_WORDS, set(ONES),
    LOOP,
    Array.from({ length: TURNS }, () => sums.map(multiply)),
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
export function assemble(way) {
  const code = [1, 1 + SIDE_BY_SIDE, V128, ...body(WAYS[way].multiply)];
  return Uint8Array.from([
    0, 0x61, 0x73, 0x6D, 1, 0, 0, 0,
    ...section(1, [1, 0x60, 1, I32, 1, I32]),
    ...section(3, [1, 0]),
    ...section(7, [1, 3, 0x72, 0x75, 0x6E, 0, 0]),
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ]);
}

/** Some milliseconds, for clocks rounded to 100 µs. */
const CALL_ROUNDS = 100_000;
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
  for (const [way, { macs }] of Object.entries(WAYS)) {
    const bytes = assemble(way);
    if (!WebAssembly.validate(bytes)) continue; // an engine without relaxed SIMD
    const { instance } = await WebAssembly.instantiate(bytes);
    kernels.push({ way, run: instance.exports.run, macs: TURNS * SIDE_BY_SIDE * macs });
  }
  return { measure: () => Object.fromEntries(kernels.map((kernel) => [kernel.way, speed(kernel)])) };
}
