/**
 * What V8 makes of a WebAssembly module: its optimising compiler's machine code, printed by the newer Node of tests/newer-node, and
 * the instructions of the int8 product's loops in it. Counts do not depend on what else the machine does.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { NEWER_NODE, noNewerNode } from './newer-node.mjs';

const COMPILE = 'new WebAssembly.Module(require("node:fs").readFileSync(process.argv[1]))';
const FLAGS = ['--no-liftoff', '--no-wasm-lazy-compilation', '--print-wasm-code'];

/** Why machine code cannot be looked at here, or false. */
export const unseen = (process.arch !== 'x64' && `the loops are known by their instructions on x64, and this is ${process.arch}`)
  || noNewerNode;

/** The instructions of each function: where they lie, what they are, where they jump to. */
async function functionsOf(wasm) {
  const { stdout } = await promisify(execFile)(NEWER_NODE, [...FLAGS, '-e', COMPILE, wasm], { maxBuffer: 1 << 28 });
  return stdout.split('--- WebAssembly code ---\n').slice(1).map((code) => (
    [...code.matchAll(/^0x[0-9a-f]+ +([0-9a-f]+) {2}[0-9a-f]+ +(.*)$/gm)]
      .map(([, at, text]) => ({ at: Number.parseInt(at, 16), text, to: Number.parseInt(/^j.*<\+0x([0-9a-f]+)>/.exec(text)?.[1] ?? 'NaN', 16) }))
      .filter(({ text }) => !text.startsWith('nop'))));
}

/** From the target of each jump backwards to the jump: [first, last] of the instructions. */
function loopsOf(instructions) {
  const places = new Map(instructions.map(({ at }, index) => [at, index]));
  return instructions.flatMap(({ at, to }, last) => (to <= at && places.has(to) ? [[places.get(to), last]] : []));
}

const holds = ([first, last], [start, end]) => first <= start && end <= last && last - first > end - start;
const isDot = { fused: /^vpdpbusd /, pairs: /^vpmaddubsw / };
const isOperation = { fused: /^vpdpbusd /, pairs: /^(vpmaddubsw|vpmaddwd|vpaddd) / };
const isRowLoad = /^vbroadcastss xmm\d+,\[/;
const isCodeLoad = /^vmovdqu xmm\d+,\[(?!rbp)/;
const isSpill = /^vmov\w+ (xmm\d+,)?\[rbp/;

/** Inputs of a block, as the tower's layers have them. */
const BLOCK = 256;

/**
 * A tile's loop over quads of four inputs, several of them at a time, and the loop over blocks that holds it.
 * @typedef {object} TileLoop
 * @property {number} rows
 * @property {number} quads at a time
 * @property {number} instructions
 * @property {number} needed of these by the multiplications: the dots, and the loads of what they multiply
 * @property {number} spills vectors moved to or from the stack
 * @property {number} around instructions of the loop over blocks outside of its loops over quads: start, finish and all between,
 *   every branch counted
 * @property {number} ratio instructions over needed ones for a whole block
 */

/**
 * The loops of the tiles that take several quads at a time.
 * @param {string} wasm a relaxed module
 * @returns {Promise<{fused: TileLoop[], pairs: TileLoop[]}>} the largest tile first; no fused ones where the processor has no such
 *   instruction: V8 then makes pairs of them, which are longer than those of the tiles that are written in pairs and come behind them
 */
export async function tileLoops(wasm) {
  const found = { fused: [], pairs: [] };
  for (const instructions of await functionsOf(wasm)) {
    const loops = loopsOf(instructions);
    const innermost = loops.filter((loop) => !loops.some((other) => holds(loop, other)));
    for (const way of Object.keys(found)) {
      for (const inner of innermost) {
        if (count(instructions, inner, isDot[way]) >= LEAST_DOTS) found[way].push(describe(instructions, loops, innermost, inner, way));
      }
    }
  }
  for (const list of Object.values(found)) list.sort((a, b) => b.rows - a.rows || a.instructions - b.instructions);
  return found;
}

/**
 * The loop of a function that does nothing but multiply, such as the benchmark's peak.
 * @param {string} wasm a module of one function
 * @returns {Promise<{instructions: number, operations: Record<string, number>}>} operations: what multiplies and adds, by way
 */
export async function onlyLoop(wasm) {
  const [instructions] = (await functionsOf(wasm)).filter((each) => loopsOf(each).length > 0);
  const [loop] = loopsOf(instructions).sort(([a, b], [c, d]) => b - a - (d - c));
  const operations = Object.fromEntries(Object.entries(isOperation).map(([way, pattern]) => [way, count(instructions, loop, pattern)]));
  return { instructions: loop[1] - loop[0] + 1, operations };
}

/** Eight quads of four rows; loops over single quads have fewer, also where V8 writes them out. */
const LEAST_DOTS = 64;

function count(instructions, [first, last], pattern) {
  return instructions.slice(first, last + 1).filter(({ text }) => pattern.test(text)).length;
}

function describe(instructions, loops, innermost, inner, way) {
  const length = ([first, last]) => last - first + 1;
  const [block] = loops.filter((loop) => holds(loop, inner)).sort((a, b) => length(a) - length(b));
  const within = innermost.filter((loop) => holds(block, loop));
  const around = length(block) - within.reduce((sum, loop) => sum + length(loop), 0);
  const rowLoads = count(instructions, inner, isRowLoad);
  const quads = count(instructions, inner, isCodeLoad) / 2;
  const needed = count(instructions, inner, isOperation[way]) + rowLoads + 2 * quads;
  const turns = BLOCK / 4 / quads;
  return {
    rows: rowLoads / quads,
    quads,
    instructions: length(inner),
    needed,
    spills: count(instructions, inner, isSpill),
    around,
    ratio: (turns * length(inner) + around) / (turns * needed),
  };
}
