/** The Node of tests/newer-node, whose V8 has relaxed SIMD: its program, and why there is none, or false. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const NEWER_NODE = fileURLToPath(new URL(`../newer-node/node_modules/node-${process.platform}-${process.arch}/bin/node`, import.meta.url));
export const noNewerNode = !existsSync(NEWER_NODE) && `there is no newer Node for ${process.platform} ${process.arch} in tests/newer-node`;
