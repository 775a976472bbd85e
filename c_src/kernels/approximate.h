/* Constants and bounds of the elementary functions, shared by the scalar and the vector kernels, which
 * evaluate them in the same order.
 *
 * Rounding: x + ROUNDER, for |x| < 2^22, is a float whose unit in the last place is 1, so that the sum is rounded to
 * the nearest whole number (ties to even) and the low bits of its word hold that number; ROUNDER_BITS is its own word.
 * One addition instead of a conversion, which WebAssembly makes slow by saturating.
 *
 * exp(x): n = round(x · log2 e), r = x - n · ln 2 in two parts (the high part has 9 bits, so that n times it
 * is exact), then 1 + r + r² · p(r) with the degree-5 polynomial of Cephes' expf (Moshier), times 2^n,
 * whose word is 1's with n added to the exponent.
 * x is clamped to EXP_LOW..EXP_HIGH, where 2^n stays a normal number. Relative error at most 2 ulp there.
 *
 * gelu(x) = x/2 · (1 + erf(x / √2)) with erf of Abramowitz and Stegun 7.1.26, absolute error of erf at
 * most 1.5e-7: gelu(x) = max(x, 0) - |x|/2 · t · q(t) · exp(-x²/2), t = 1 / (1 + 0.3275911 · |x| / √2).
 *
 * quick_gelu(x) = x / (1 + exp(-1.702 · x)), as CLIP defines it.
 */
#ifndef PERCEPT_APPROXIMATE_H
#define PERCEPT_APPROXIMATE_H

#define ROUNDER 12582912.0f /* 1.5 · 2^23 */
#define ROUNDER_BITS 0x4b400000
#define ONE_BITS 0x3f800000 /* the word of 1.0f */

#define EXP_LOW (-87.0f)
#define EXP_HIGH (88.0f)
#define EXP_LOG2E 1.44269504088896341f
#define EXP_LN2_HIGH 0.693359375f
#define EXP_LN2_LOW (-2.12194440e-4f)
#define EXP_P0 1.9875691500e-4f
#define EXP_P1 1.3981999507e-3f
#define EXP_P2 8.3334519073e-3f
#define EXP_P3 4.1665795894e-2f
#define EXP_P4 1.6666665459e-1f
#define EXP_P5 5.0000001201e-1f

#define ERF_P_OVER_SQRT2 0.23164189f /* 0.3275911 / √2 */
#define ERF_A1 0.254829592f
#define ERF_A2 (-0.284496736f)
#define ERF_A3 1.421413741f
#define ERF_A4 (-1.453152027f)
#define ERF_A5 1.061405429f

#define NORMAL_DENSITY 0.39894228f /* 1 / √(2 π) */

#define QUICK_GELU_FACTOR 1.702f

#endif
