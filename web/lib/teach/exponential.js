/**
 * exp and log with the same bits in every JavaScript engine: Math.exp and Math.log may differ in the last place from one to
 * the next, and a trait that is taught from the same judgements is the same file everywhere. Sums, products, quotients and
 * roots of doubles are exact by the language's definition.
 */

const LOG2_E = 1.4426950408889634;
/** ln 2 in two parts, the first with 21 bits to spare: n times it is exact for every n that a double's exponent has. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/** 1 / k! for k = 13 … 0: exp(r) = Σ r^k / k!, to a double's precision for |r| ≤ ln 2 / 2. */
const TERMS = (() => {
  const terms = [1];
  for (let k = 1; k <= 13; k += 1) terms.unshift(terms[0] / k);
  return terms;
})();

const bits = new DataView(new ArrayBuffer(8));

const LEAST_POWER = -1022;
/** 2^n for -1022 ≤ n ≤ 1023. */
const POWERS = new Float64Array(2046);
bits.setUint32(0, (LEAST_POWER + 1023) << 20);
POWERS[0] = bits.getFloat64(0);
for (let at = 1; at < POWERS.length; at += 1) POWERS[at] = 2 * POWERS[at - 1];

/** @param {number} n */
const powerOfTwo = (n) => POWERS[n - LEAST_POWER];

/** e^x; 0 below -700 and no more than e^700 above, which no fit of ours comes near. @param {number} x */
export function exponential(x) {
  if (x < -700) return 0;
  const bounded = Math.min(x, 700);
  const n = Math.round(bounded * LOG2_E);
  const r = bounded - n * LN2_HIGH - n * LN2_LOW;
  let sum = 0;
  for (const term of TERMS) sum = sum * r + term;
  return sum * powerOfTwo(n);
}

/** 1 / (2k + 1) for k = 17 … 0: log(1 + t) = 2 artanh(s) = 2 s Σ s^2k / (2k + 1) with s = t / (2 + t) ≤ 1/3; the next is under a double's last place. */
const ARTANH_TERMS = Array.from({ length: 18 }, (_, at) => 1 / (2 * (17 - at) + 1));

/** log(1 + t) for 0 ≤ t ≤ 1. @param {number} t */
function logOnePlus(t) {
  const s = t / (2 + t);
  let sum = 0;
  for (const term of ARTANH_TERMS) sum = sum * (s * s) + term;
  return 2 * s * sum;
}

/** The natural logarithm of a positive number that is no denormal. @param {number} x */
export function logarithm(x) {
  bits.setFloat64(0, x);
  const exponent = (bits.getUint32(0) >>> 20) - 1023;
  return exponent * LN2_LOW + logOnePlus(x / powerOfTwo(exponent) - 1) + exponent * LN2_HIGH;
}

/** 1 / (1 + e^-x). @param {number} x */
export function logistic(x) {
  const tail = exponential(-Math.abs(x));
  return x >= 0 ? 1 / (1 + tail) : tail / (1 + tail);
}

/** log(1 + e^x). @param {number} x */
export function softplus(x) {
  return Math.max(0, x) + logOnePlus(exponential(-Math.abs(x)));
}
