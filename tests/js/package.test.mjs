/** What `npm pack` ships: the library, small, enough to score a picture in an empty folder; and the page with what serves it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import ts from 'typescript';
import { bundleLibrary } from '../../build_scripts/site/bundle.mjs';
import { Scorer } from '../../web/lib/percept.js';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { packPackage, unpackInto } from '../support/packed.mjs';

const run = promisify(execFile);
const project = fileURLToPath(new URL('../..', import.meta.url));
const DEMO = join(project, 'weights/demo');
const PICTURE = join(project, 'tests/golden/pictures/jpeg-420.jpg');
/** 700 KB of it are the decoder of HEIC, which a page fetches with the first such picture; 190 KB the page, 120 KB its samples; 380 KB the library. */
const MOST_BYTES = 1560 * 1024;
/** The page takes the engine from beside it. */
const placed = (path) => path.replace('build/package/site/engine/', 'build/package/engine/');

let work;
let packed;
before(async () => {
  work = await mkdtemp(join(tmpdir(), 'percept-package-'));
  packed = await packPackage(work);
});
after(() => rm(work, { recursive: true }));

test('the package has the library, the engine and the page, and nothing else', async () => {
  const wanted = /^(package\.json|README\.md|LICENSE|NOTICE\.md|build\/package\/(percept|percept-scorer)\.(js|d\.ts)|build\/package\/jsx\/(attributes|preact|react|svelte|vue)\.d\.ts|build\/package\/chunk-\w+\.js|build\/package\/serve\.mjs|build\/package\/site\/.+|build\/package\/engine\/(worker|thread)\.js|build\/package\/engine\/wasm\/(picture(-webp)?|hash|tower-[\w-]+)\.wasm)$/;
  assert.deepEqual(packed.files.filter((path) => !wanted.test(path)), []);
  const built = await readdir(join(project, 'web/lib/wasm'));
  assert.ok(built.length >= 6, 'the engine is not built');
  const engine = built.filter((name) => name !== 'tower-reference.wasm').map((name) => `engine/wasm/${name}`);
  assert.equal(packed.files.includes('build/package/engine/wasm/tower-reference.wasm'), false);
  for (const path of [...engine, 'percept.js', 'percept.d.ts', 'percept-scorer.js', 'percept-scorer.d.ts', 'engine/worker.js', 'engine/thread.js']) {
    assert.ok(packed.files.includes(`build/package/${path}`), `${path} is missing`);
  }
});

test(`the package is smaller than ${MOST_BYTES / 1024} KiB`, () => {
  assert.ok(packed.size > 10_000 && packed.size < MOST_BYTES, `${packed.size} bytes`);
});

test('every file that a packed file imports or fetches is packed, too', async () => {
  for (const path of packed.files.filter((each) => each.endsWith('.js'))) {
    const source = await readFile(join(project, path), 'utf8');
    for (const [, , target] of source.matchAll(/(?:from|import|new URL\() ?(['"`])(\.[^'"`]+)\1/g)) {
      const resolved = new URL(target, `file:///${path}`).pathname.slice(1);
      const isThere = resolved.endsWith('/') ? packed.files.some((each) => each.startsWith(resolved)) : packed.files.includes(placed(resolved)); // the page asks for its own folder
      assert.ok(isThere, `${path} needs ${resolved}`);
    }
  }
});

test('each worker is one file, and no bundler has anything to do in it', async () => {
  for (const name of ['worker', 'thread']) {
    const source = await readFile(join(project, `build/package/engine/${name}.js`), 'utf8');
    assert.doesNotMatch(source, /\bimport\s*["'{(]|\bexport\b/);
  }
});

test('the library has nothing of how results are written: page and scripts alone need that', async () => {
  const { files, sources } = await bundleLibrary();
  assert.ok(files.length > 3 && sources.has('lib/kinds.js'));
  assert.deepEqual([...sources].filter((path) => path.startsWith('lib/shared/kinds')), []);
});

test('the element uses the library of the package, and has no second one inside', async () => {
  const scripts = packed.files.filter((path) => /^build\/package\/[^/]+\.js$/.test(path));
  const sources = await Promise.all(scripts.map((path) => readFile(join(project, path), 'utf8')));
  assert.equal(sources.filter((source) => source.includes('A scorer is not made with new')).length, 1);
});

test('publint finds nothing', async () => {
  const application = join(work, 'publint');
  await unpackInto(packed.path, application);
  const { messages, pkg } = await publint({ pkgDir: join(application, 'node_modules/percept'), strict: true });
  assert.deepEqual(messages.map((message) => formatMessage(message, pkg)), []);
});

test('installed into an empty folder it scores a picture, with the bits of the project, and teaches a trait', async () => {
  const application = join(work, 'application');
  for (const name of ['score.mjs', 'teach.mjs']) await cp(join(project, 'web/examples', name), join(application, name), { recursive: true });
  await writeFile(join(application, 'package.json'), '{"private": true}');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', packed.path], { cwd: application });
  const broken = join(application, 'broken.jpg');
  await writeFile(broken, 'no picture');

  const scored = await run(process.execPath, ['score.mjs', DEMO, PICTURE], { cwd: application });
  const scorer = await Scorer.load(DEMO, { threads: 1 });
  const { scores } = await scorer.score(new Blob([GOOD_JPEG]));
  scorer.dispose();
  assert.deepEqual(JSON.parse(scored.stdout), { picture: PICTURE, scores: Object.fromEntries(Object.entries(scores).map(([id, { value }]) => [id, value])) });
  assert.equal(scored.stderr, '');

  await assert.rejects(run(process.execPath, ['score.mjs', DEMO, broken], { cwd: application }), ({ code, stdout }) => {
    assert.deepEqual([code, JSON.parse(stdout)], [1, { picture: broken, error: 'unsupported-format' }]);
    return true;
  });
  const samples = join(project, 'web/samples');
  const judged = [...(await readdir(samples)).filter((name) => name.endsWith('.jpg')).map((name, at) => [join(samples, name), 1 + at % 5]), [PICTURE, 5], [broken, 1]];
  await writeFile(join(application, 'judged.json'), JSON.stringify(Object.fromEntries(judged)));
  const taught = await run(process.execPath, ['teach.mjs', DEMO, 'judged.json', 'cover.safetensors'], { cwd: application });
  const { pictures, agreement } = JSON.parse(taught.stdout);
  assert.deepEqual([pictures, agreement.measure], [judged.length - 1, 'spearman']);
  assert.match(taught.stderr, /broken\.jpg: The file is a text file/);
  const other = await Scorer.load(DEMO, { threads: 1 });
  const { task } = await other.addTask(new Blob([await readFile(join(application, 'cover.safetensors'))]));
  assert.deepEqual([task.id, task.output.to], ['cover', [1, 5]]);
  other.dispose();

  await writeFile(join(application, 'reference.mjs'), `import { Scorer } from 'percept';\nawait Scorer.load(${JSON.stringify(DEMO)}, { variant: 'reference' }).catch(({ code, message }) => console.log(code, message));\n`);
  const reference = await run(process.execPath, ['reference.mjs'], { cwd: application });
  assert.match(reference.stdout, /^variant-unavailable .*packages have none/, 'the package leaves that build out');
  const rendered = await run(process.execPath, ['--input-type=module', '-e', "import { PerceptScorerElement } from 'percept/percept-scorer'; console.log(typeof PerceptScorerElement)"], { cwd: application });
  assert.equal(rendered.stdout.trim(), 'function', 'a server can import the element');
});

test('TypeScript finds the types of the installed package, as bundlers and as Node resolve them', async () => {
  const application = join(work, 'typed');
  await unpackInto(packed.path, application);
  const source = join(application, 'main.mts');
  await writeFile(source, "import { Scorer } from 'percept';\nimport { PerceptScorerElement } from 'percept/percept-scorer';\nexport const load: (url: string) => Promise<Scorer> = Scorer.load;\nexport const made = (): Promise<unknown> => new PerceptScorerElement().score(new Blob());\n");
  for (const [module, moduleResolution] of [[ts.ModuleKind.ES2022, ts.ModuleResolutionKind.Bundler], [ts.ModuleKind.NodeNext, ts.ModuleResolutionKind.NodeNext]]) {
    const program = ts.createProgram([source], { strict: true, noEmit: true, target: ts.ScriptTarget.ES2022, module, moduleResolution, lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'], types: [] });
    assert.deepEqual(ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')), []);
  }
});
