/**
 * Protocol buffers, as much of their wire format as ONNX needs. A message is a list of blobs (blob.mjs), since an
 * outer message begins with the length of the inner one, and that of a tensor is known before its bytes are made.
 */
import { blobOf, totalLength } from './blob.mjs';

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** @param {number | bigint} value 64 bits in two's complement where it is negative */
function varint(value) {
  const bytes = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 0x7Fn) {
    bytes.push(Number(rest & 0x7Fn) | 0x80);
    rest >>= 7n;
  }
  return Uint8Array.from([...bytes, Number(rest)]);
}

const key = (field, type) => varint(field * 8 + type);

/** @returns {import('./blob.mjs').Blob[]} */
export function integer(field, value) {
  return [blobOf(key(field, VARINT)), blobOf(varint(value))];
}

export function float(field, value) {
  return [blobOf(key(field, FIXED32)), blobOf(Float32Array.of(value))];
}

/** @param {import('./blob.mjs').Blob[]} content */
export function message(field, content) {
  return [blobOf(key(field, LENGTH_DELIMITED)), blobOf(varint(totalLength(content))), ...content];
}

export function text(field, value) {
  return message(field, [blobOf(new TextEncoder().encode(value))]);
}
