#!/usr/bin/env node
/** Writes web/ui/lit.js: lit-html as one module that browsers, bundlers and Node import by its address. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));

await build({
  entryPoints: [here('lit/entry.mjs')],
  outfile: here('../web/ui/lit.js'),
  bundle: true, minify: true, format: 'esm', target: 'es2022', charset: 'utf8', legalComments: 'inline',
  platform: 'neutral', conditions: ['node'], // the build that may be imported where there is no document
  define: { globalThis: 'realm' }, inject: [here('lit/realm.mjs')],
});
