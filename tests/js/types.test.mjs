/** percept.d.ts against the source and against a caller, by the TypeScript compiler. */
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import * as library from '../../web/percept.js';

const DECLARATIONS = fileURLToPath(new URL('../../web/percept.d.ts', import.meta.url));
const OPTIONS = { strict: true, noEmit: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022, moduleResolution: ts.ModuleResolutionKind.Bundler, lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'], types: [] };

/** What the compiler says of a caller's file, as text. */
function compile(source) {
  const name = fileURLToPath(new URL('../../web/caller.ts', import.meta.url));
  const host = ts.createCompilerHost(OPTIONS);
  const { getSourceFile, fileExists, readFile: read } = host;
  host.fileExists = (path) => path === name || fileExists(path);
  host.readFile = (path) => (path === name ? source : read(path));
  host.getSourceFile = (path, ...rest) => (path === name ? ts.createSourceFile(path, source, ...rest) : getSourceFile(path, ...rest));
  const program = ts.createProgram([name], OPTIONS, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

const CALLER = `
import { Scorer, PerceptError, listCachedModels, deleteCachedModel, type Score, type LoadProgress } from './percept';
const scorer = await Scorer.load(new URL('https://example.org/model/'), { threads: 2, variant: 'auto', onProgress: ({ loaded, total }: LoadProgress) => { loaded / total; } });
const { scores, picture, engine, embedding } = await scorer.score(new Blob(), { tasks: ['quality'], signal: AbortSignal.timeout(1) });
const value: number = (scores.quality as Score).value + picture.width + engine.memory + (embedding?.[0] ?? 0);
const widths: number[] = scorer.tasks.map((task) => ('shorter' in task.preprocess.resize ? task.preprocess.resize.shorter : task.preprocess.resize.width));
try { await scorer.embed('x.jpg'); } catch (error) { if (error instanceof PerceptError && error.code === 'corrupt-picture') scorer.dispose(); }
for (const { url, used } of await listCachedModels()) if (used < new Date(0)) await deleteCachedModel(url);
export { value, widths };
`;

test('a caller type-checks, and a wrong one does not', () => {
  assert.deepEqual(compile(CALLER), []);
  assert.match(compile(CALLER.replace("'corrupt-picture'", "'no-such-code'")).join(), /no overlap/);
  assert.match(compile(CALLER.replace("variant: 'auto'", "variant: 'fast'")).join(), /not assignable/);
});

test('the declarations name what the module exports, member for member', async () => {
  const file = ts.createSourceFile(DECLARATIONS, await readFile(DECLARATIONS, 'utf8'), ts.ScriptTarget.ES2022, true);
  const classes = Object.fromEntries(file.statements.filter(ts.isClassDeclaration).map((each) => [each.name.text, each]));
  const functions = file.statements.filter(ts.isFunctionDeclaration).map((each) => each.name.text);
  assert.deepEqual([...Object.keys(classes), ...functions].sort(), Object.keys(library).sort());
  const isStatic = (member) => member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) ?? false;
  const declared = (wanted) => classes.Scorer.members.filter((member) => member.name && isStatic(member) === wanted).map((member) => member.name.text).sort();
  const defined = (object) => Object.getOwnPropertyNames(object).filter((name) => !['constructor', 'length', 'name', 'prototype'].includes(name)).sort();
  assert.deepEqual(declared(false), defined(library.Scorer.prototype));
  assert.deepEqual(declared(true), defined(library.Scorer));
});

test('every code that the library throws is declared, and no other', async () => {
  const web = new URL('../../web/', import.meta.url);
  const folders = ['', 'engine/', 'weights/'];
  const paths = (await Promise.all(folders.map(async (folder) => (await readdir(new URL(folder, web))).filter((name) => name.endsWith('.js')).map((name) => folder + name)))).flat();
  const sources = (await Promise.all(paths.map((path) => readFile(new URL(path, web), 'utf8')))).join('\n');
  const thrown = new Set([...sources.matchAll(/PerceptError\(\s*'([a-z-]+)'/g)].map(([, code]) => code));
  const header = await readFile(new URL('../../c_src/percept.h', import.meta.url), 'utf8');
  for (const [, name] of header.matchAll(/^ {4}PERCEPT_([A-Z_]+) = \d+/gm)) if (name !== 'OK') thrown.add(name.toLowerCase().replaceAll('_', '-'));
  thrown.add('internal');
  const union = (await readFile(DECLARATIONS, 'utf8')).split('export type ErrorCode =')[1].split(';\n')[0].replace(/\/\*\*.*?\*\//gs, '');
  const declared = [...union.matchAll(/'([a-z-]+)'/g)].map(([, code]) => code);
  assert.deepEqual(declared.sort(), [...thrown].sort());
});
