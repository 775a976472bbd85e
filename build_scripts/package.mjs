#!/usr/bin/env node
/**
 * Builds what the package has beside web/lib: <percept-scorer> as one module with lit inside, and its types. It imports the
 * library's own files, so that a page that uses both has one library. npm runs this before it packs.
 */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { declarationsAt } from './site/declarations.mjs';

const inProject = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const LIBRARY = inProject('web/lib');
const ELEMENT = inProject('web/component/percept-scorer.js');
const OUT = inProject('build/package');

/** The library stays outside, at its place as seen from OUT. */
const libraryOutside = {
  name: 'library outside',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
      const target = join(resolveDir, path);
      return target.startsWith(LIBRARY + sep) ? { path: relative(OUT, target).split(sep).join('/'), external: true } : null;
    });
  },
};

/** @throws {Error} with a sentence that says what is missing */
async function checkParts() {
  if (await readdir(join(LIBRARY, 'wasm')).catch(() => null) === null) throw new Error('The engine is not built: run make wasm, then npm pack again.');
  try {
    import.meta.resolve('esbuild');
  } catch (cause) {
    throw new Error('The tools are not installed: run npm ci, then npm pack again.', { cause });
  }
}

async function buildElement() {
  await checkParts();
  const { build } = await import('esbuild');
  await import('./lit.mjs');
  await mkdir(OUT, { recursive: true });
  await build({
    entryPoints: [ELEMENT], outdir: OUT, bundle: true, minify: true, format: 'esm', target: 'es2022', charset: 'utf8', legalComments: 'inline', logLevel: 'warning',
    ignoreAnnotations: true, // 'sideEffects' of package.json is for others
    plugins: [libraryOutside],
  });
  const types = ELEMENT.replace(/\.js$/, '.d.ts');
  const moved = await declarationsAt(types, (target) => relative(OUT, target).split(sep).join('/'));
  await writeFile(join(OUT, 'percept-scorer.d.ts'), moved);
}

await buildElement().catch((error) => {
  process.stderr.write(`percept: ${error.message}\n`);
  process.exitCode = 1;
});
