#!/usr/bin/env node
/**
 * Builds what the package has: the library and <percept-scorer> as few files, and engine/ with the workers, each in one file that
 * needs no other, and the modules. Whatever a bundler does with the rest, it has nothing to do in there. Beside them the page, and what
 * serves it (`npx percept`). npm runs this before it packs.
 */
import { chmod, cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { declarationsAt } from './site/declarations.mjs';

const inProject = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const WEB = inProject('web');
const WASM = inProject('web/lib/wasm');
const OUT = inProject('build/package');

/** Tests alone ask for it. */
const SCALAR = 'tower-reference.wasm';

/** Of the site: what other pages load, what lies in the package already, and the scalar build. */
const NOT_OF_THE_PAGE = ['engine', 'examples', 'percept.d.ts', 'percept-scorer.d.ts', 'LICENSE', 'NOTICE.md'];

const FRAMEWORKS = ['attributes', 'preact', 'react', 'svelte', 'vue'];
const TYPES = ['lib/percept.d.ts', 'component/percept-scorer.d.ts', ...FRAMEWORKS.map((name) => `component/jsx/${name}.d.ts`)];

/** @throws {Error} with a sentence that says what is missing */
async function checkParts() {
  if (await readdir(WASM).catch(() => null) === null) throw new Error('The engine is not built: run make wasm, then npm pack again.');
  try {
    import.meta.resolve('esbuild');
  } catch (cause) {
    throw new Error('The tools are not installed: run npm ci, then npm pack again.', { cause });
  }
}

async function buildPackage() {
  await checkParts();
  await import('./lit.mjs');
  const { bundleLibrary, inWeb, placeInSite } = await import('./site/bundle.mjs');
  await rm(OUT, { recursive: true, force: true });
  const { files } = await bundleLibrary();
  for (const { path, contents } of files) {
    await mkdir(dirname(join(OUT, path)), { recursive: true });
    await writeFile(join(OUT, path), contents);
  }
  for (const name of await readdir(WASM)) if (name !== SCALAR) await cp(join(WASM, name), join(OUT, placeInSite(`lib/wasm/${name}`)));
  for (const path of TYPES) {
    const place = (target) => relative(dirname(placeInSite(path)), placeInSite(inWeb(target))).split(sep).join('/');
    await mkdir(dirname(join(OUT, placeInSite(path))), { recursive: true });
    await writeFile(join(OUT, placeInSite(path)), await declarationsAt(join(WEB, path), place));
  }
}

/** The page, and the one file that serves it from here. */
async function addPage() {
  const [{ build }, { fillSite }] = await Promise.all([import('esbuild'), import('./site.mjs')]);
  const site = join(OUT, 'site');
  await fillSite(site);
  for (const path of NOT_OF_THE_PAGE) await rm(join(site, path), { recursive: true });
  const served = join(OUT, 'serve.mjs');
  await build({ entryPoints: [inProject('build_scripts/serve-package.mjs')], outfile: served, bundle: true, platform: 'node', format: 'esm', target: 'node20', charset: 'utf8' });
  await chmod(served, 0o755);
}

await buildPackage().then(addPage).catch((error) => {
  process.stderr.write(`percept: ${error.message}\n`);
  process.exitCode = 1;
});
