/** percept.d.ts against the source and against a caller, by the TypeScript compiler. */
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const WEB = fileURLToPath(new URL('../../web/', import.meta.url));
const DECLARATIONS = `${WEB}lib/percept.d.ts`;
const DERIVED = `${WEB}derived`;
const OPTIONS = { strict: true, noEmit: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022, moduleResolution: ts.ModuleResolutionKind.Bundler, lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'], types: [], skipDefaultLibCheck: true };

/** What others import, and the files whose insides are checked, too. */
const PUBLIC = ['lib/percept', 'component/percept-scorer'];
const CHECKED = ['lib/percept.js', 'component/percept-scorer.js', 'lib/errors.js'];
const SOURCE_OPTIONS = { ...OPTIONS, noEmit: false, allowJs: true, checkJs: true, declaration: true, emitDeclarationOnly: true, rootDir: WEB, outDir: DERIVED };

/** The compiler's own libraries, parsed once. */
const parsed = new Map();

function createHost(options) {
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (path, ...rest) => {
    if (path.startsWith(WEB)) return getSourceFile(path, ...rest);
    if (!parsed.has(path)) parsed.set(path, getSourceFile(path, ...rest));
    return parsed.get(path);
  };
  return host;
}

/** What the compiler says of a caller's file beside the library, as text. @param {Map<string, string>} [others] by path @param {string[]} [lib] */
function compile(source, others = new Map(), lib = OPTIONS.lib) {
  const name = `${WEB}caller.ts`;
  const made = new Map([...others, [name, source]]);
  const options = { ...OPTIONS, lib };
  const host = createHost(options);
  const { getSourceFile, fileExists, readFile: read, directoryExists } = host;
  host.fileExists = (path) => made.has(path) || fileExists(path);
  host.directoryExists = (path) => path.startsWith(DERIVED) || directoryExists(path);
  host.readFile = (path) => made.get(path) ?? read(path);
  host.getSourceFile = (path, ...rest) => (made.has(path) ? ts.createSourceFile(path, made.get(path), ...rest) : getSourceFile(path, ...rest));
  const program = ts.createProgram([name], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

const CALLER = `
import { Scorer, PerceptError, listCachedModels, deleteCachedModel, type Score, type LoadProgress } from './lib/percept';
const scorer = await Scorer.load(new URL('https://example.org/model/'), { threads: 2, variant: 'auto', onProgress: ({ loaded, total }: LoadProgress) => { loaded / total; } });
const { scores, picture, engine, embedding } = await scorer.score(new Blob(), { tasks: ['quality'], signal: AbortSignal.timeout(1) });
console.log(scores.quality.value, '±', scores.quality.standardError);
const { quality, emotion } = scores;
if (quality.value === undefined || emotion.label === undefined) throw new Error();
const score: Score = quality;
const labelled: [string, number[], undefined] = [emotion.label, emotion.probabilities, emotion.value];
const value: number = score.value + (quality.standardError ?? 0) + labelled.length + picture.width + engine.memory + (embedding?.[0] ?? 0);
const sides: number[] = scorer.tasks.map(({ preprocess: { resize } }) => ('shorter' in resize ? resize.shorter : 'longer' in resize ? resize.longer : resize.width));
try { await scorer.embed('x.jpg'); } catch (error) { if (error instanceof PerceptError && error.code === 'corrupt-picture') scorer.dispose(); }
for (const { url, used } of await listCachedModels()) if (used < new Date(0)) await deleteCachedModel(url);
export { value, sides };
`;

const PAGE = `
import { PerceptScorerElement } from './component/percept-scorer.js';
const field = document.querySelector('percept-scorer')!;
field.loading = 'lazy';
field.value = new File([], 'a.jpg');
field.addEventListener('score', ({ detail }) => { const value: number[] = detail.scores.quality.raw; value; });
field.addEventListener('error', ({ detail }) => { detail.code === 'network'; });
const made: PerceptScorerElement = new PerceptScorerElement();
export const sent: Promise<number> = made.score(new Blob()).then(({ picture }) => picture.width);
`;

test('a caller type-checks, and a wrong one does not', () => {
  assert.deepEqual(compile(CALLER), []);
  assert.match(compile(CALLER.replace("'corrupt-picture'", "'no-such-code'")).join(), /no overlap/);
  assert.match(compile(CALLER.replace("variant: 'auto'", "variant: 'fast'")).join(), /not assignable/);
  assert.match(compile(CALLER.replace('quality.value === undefined || ', '')).join(), /not assignable/);
});

test('a program for Node alone type-checks: no library of the browser is there', () => {
  const node = 'interface Blob { readonly size: number }\ninterface File extends Blob { readonly name: string }\ninterface URL { href: string }\ninterface AbortSignal { readonly aborted: boolean }\n';
  const caller = "import { Scorer } from './lib/percept';\nexport const scored = (scorer: Scorer) => scorer.score({ width: 1, height: 1, data: new Uint8ClampedArray(4) });\n";
  const check = (source) => compile(`/// <reference path="./node.d.ts" />\n${source}`, new Map([[`${WEB}node.d.ts`, node]]), ['lib.es2023.d.ts']);
  assert.deepEqual(check(caller), []);
  assert.match(check(caller.replace('new Uint8ClampedArray(4)', '[0, 0, 0, 0]')).join(), /Uint8ClampedArray/, 'a picture is not just anything');
});

test('pixels of a page are a picture', () => {
  assert.deepEqual(compile("import { Scorer } from './lib/percept';\nexport const scored = (scorer: Scorer) => scorer.score(new ImageData(1, 1));\n"), []);
});

const LESSON = (words) => `
import type { Features, Lesson } from './lib/percept';
declare const features: Features;
const pictures = [{ name: 'a', source: new Blob() }, { name: 'b', features }];
const labels = [{ picture: 0, label: 1 }, { picture: 1, label: 2 }];
const pairs = [{ better: 0, worse: 1 }];
export const lesson: Lesson = { id: 'a', ${words} };
`;

test('a lesson type-checks where it can be taught: labels or pairs, pairs for a score, each picture with a source or features', () => {
  for (const right of ["kind: 'score', pictures, labels", "kind: 'score', pictures, pairs", "kind: 'classes', pictures, labels", "kind: 'classes', pictures, labels: [{ picture: 0, label: 'a' }]"]) {
    assert.deepEqual(compile(LESSON(right)), [], right);
  }
  const wrong = ["kind: 'score', pictures", "kind: 'score', pictures, labels, pairs", "kind: 'classes', pictures, pairs", "kind: 'score', pictures: [{ name: 'a' }], labels", "kind: 'score', pictures, labels: [{ picture: 0, label: 'a' }]"];
  for (const each of wrong) assert.match(compile(LESSON(each)).join(), /not assignable/, each);
});

test('README.md\'s program type-checks', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const program = readme.split('```js\n').map((part) => part.split('```')[0]).find((part) => part.includes('Scorer.load'));
  assert.deepEqual(compile(`declare const file: File;\n${program.replace("'percept'", "'./lib/percept'")}`), []);
});

test('a page with the element type-checks, and a wrong one does not', () => {
  assert.deepEqual(compile(PAGE), []);
  assert.match(compile(PAGE.replace("loading = 'lazy'", "loading = 'soon'")).join(), /not assignable/);
  assert.match(compile(PAGE.replace('detail.scores', 'detail.score')).join(), /does not exist/);
});

/** The source's own types, as the compiler reads them from its JSDoc: declarations that only exist in memory. */
function deriveDeclarations() {
  if (derivation) return derivation;
  const made = new Map();
  const host = createHost(SOURCE_OPTIONS);
  // Types are named by the written declarations, not by the derived ones.
  host.writeFile = (path, text) => made.set(path, text.replace(/(["'])(\.[^"']*\bpercept\.js)\1/g, (whole, quote, name) => {
    const named = resolve(dirname(path), name);
    return named === `${DERIVED}/lib/percept.js` ? quote + relative(dirname(path), `${WEB}lib/percept.js`) + quote : whole;
  }));
  const program = ts.createProgram(PUBLIC.map((name) => `${WEB}${name}.js`), SOURCE_OPTIONS, host);
  program.emit();
  derivation = { program, made };
  return derivation;
}
let derivation;

test('the public source passes the compiler\'s checks', () => {
  const { program } = deriveDeclarations();
  const own = CHECKED.map((name) => program.getSourceFile(`${WEB}${name}`));
  assert.equal(own.includes(undefined), false);
  const found = own.flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]);
  assert.deepEqual(found.map(({ file, start, messageText }) => `${file.fileName.slice(WEB.length)}:${file.getLineAndCharacterOfPosition(start).line + 1} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`), []);
});

/** Types are the same when each may stand for the other in a generic's condition: also any and unknown are told apart. */
const COMPARISON = `
import * as written from './lib/percept.js';
import * as writtenElement from './component/percept-scorer.js';
import * as derived from './derived/lib/percept.js';
import * as derivedElement from './derived/component/percept-scorer.js';
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
type Signature<F> = F extends (...given: infer P) => infer R ? [P, R] : F;
type Members<C, Left extends string = never> = { [K in Exclude<keyof C, Left>]: Signature<C[K]> };
type Own<E> = Members<E, Exclude<keyof HTMLElement, 'addEventListener' | 'removeEventListener'> & string | 'addEventListener' | 'removeEventListener'>;
function same<A, B>(equal: Same<A, B>): void { equal; }
same<Members<written.Scorer>, Members<derived.Scorer>>(true);
same<Parameters<typeof written.Scorer.load>, Parameters<typeof derived.Scorer.load>>(true);
same<keyof typeof written.Scorer, keyof typeof derived.Scorer>(true);
same<Awaited<ReturnType<typeof derived.Scorer.load>>, derived.Scorer>(true);
same<ConstructorParameters<typeof written.PerceptError>, ConstructorParameters<typeof derived.PerceptError>>(true);
same<written.PerceptError['code'], derived.PerceptError['code']>(true);
same<keyof typeof written, keyof typeof derived>(true);
same<Own<writtenElement.PerceptScorerElement>, Omit<Own<derivedElement.PerceptScorerElement>, Lifecycle>>(true);
same<keyof typeof writtenElement, keyof typeof derivedElement>(true);
type Lifecycle = 'connectedCallback' | 'disconnectedCallback' | 'attributeChangedCallback' | 'formDisabledCallback' | 'formResetCallback';
`;

function compareDeclarations(change = (text) => text) {
  const { made } = deriveDeclarations();
  const files = new Map([...made].map(([path, text]) => [path, change(text)]));
  return compile(COMPARISON, files);
}

test('the declarations say of each member what the source says', () => {
  assert.deepEqual(compareDeclarations(), []);
});

test('a signature that drifts is noticed', () => {
  const drifts = [
    ['options?: ScoreOptions', 'options: ScoreOptions'],
    ['Promise<EmbedResult>', 'Promise<ScoreResult>'],
    ['dispose(): void', 'dispose(now: boolean): void'],
    ['embed(', 'embedding('],
    ['picture: File | Blob', 'picture: File'],
    ['get required(): boolean', 'get required(): string'],
  ];
  for (const [from, to] of drifts) {
    let changed = false;
    const found = compareDeclarations((text) => {
      changed ||= text.includes(from);
      return text.replaceAll(from, to);
    });
    assert.ok(changed, `${from} stands nowhere`);
    assert.notDeepEqual(found, [], `${from} -> ${to}`);
  }
});

/** Functions of a C header or of an interface of exports: their names and how many parameters they have. */
function functionsIn(text, prefix) {
  const found = text.replace(/\/\*.*?\*\//gs, '').matchAll(new RegExp(`\\b(${prefix}_\\w+)\\(([^)]*)\\)`, 'g'));
  return Array.from(found, ([, name, parameters]) => `${name}/${parameters.split(',').filter((each) => !/^\s*(void)?\s*$/.test(each)).length}`).sort();
}

test('the exports that JavaScript is checked against are those of the header', async () => {
  const header = await readFile(new URL('../../c_src/percept.h', import.meta.url), 'utf8');
  const declared = await readFile(`${WEB}lib/engine/types.d.ts`, 'utf8');
  for (const prefix of ['picture', 'tower']) {
    const inHeader = new Set(functionsIn(header, prefix));
    const unknown = functionsIn(declared, prefix).filter((each) => !inHeader.has(each));
    assert.deepEqual(unknown, []);
    assert.ok(functionsIn(declared, prefix).length > 10);
  }
});

test('every code that the library throws is declared, and no other', async () => {
  const web = new URL('../../web/', import.meta.url);
  const folders = ['lib/', 'lib/engine/', 'lib/model/', 'lib/teach/', 'lib/weights/', 'component/', 'ui/'];
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
