#!/usr/bin/env node
/** Writes web/ui/lit.js and lit-directives.js: lit-html as modules that browsers, bundlers and Node import by their address. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));

/** @param {string} name of the module @param {import('esbuild').BuildOptions} [options] */
const write = (name, options) => build({
  entryPoints: [here(`lit/${name}.mjs`)],
  outfile: here(`../web/ui/${name}.js`),
  bundle: true, minify: true, format: 'esm', target: 'es2022', charset: 'utf8', legalComments: 'inline',
  platform: 'neutral', conditions: ['node'], // the build that may be imported where there is no document
  ...options,
});

/** Directives work on what lit.js draws. @type {import('esbuild').Plugin} */
const oneLit = {
  name: 'one lit',
  setup: ({ onResolve }) => onResolve({ filter: /\/lit-html\.js$/ }, () => ({ path: './lit.js', external: true })),
};

await write('lit', { define: { globalThis: 'realm' }, inject: [here('lit/realm.mjs')] });
await write('lit-directives', { plugins: [oneLit] });
