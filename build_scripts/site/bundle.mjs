/**
 * The page's and the library's modules as few files: each question to a host takes longer than what it brings, and a
 * module is asked for only when the one that names it has come.
 */
import { readFile } from 'node:fs/promises';
import { dirname, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export const WEB = fileURLToPath(new URL('../../web', import.meta.url));

/** What pages load: all in one folder, where the parts that they share lie, too. */
const LIBRARY = ['lib/percept.js', 'component/percept-scorer.js'];
const PAGES = ['page/first-model.js', 'app.js', ...LIBRARY];
const STYLES = ['app.css'];
/** Each on its own: a worker is there the sooner the fewer files it needs. */
const ENGINE_WORKERS = ['lib/model/worker.js', 'lib/engine/thread.js'];
const WORKERS = [...ENGINE_WORKERS, 'page/picture-worker.js', 'page/heic-worker.js', 'page/service-worker.js'];

/** Where a file of web/ lies in the site: the addresses that embedding pages know are without rooms. */
export function placeInSite(path) {
  return PUBLIC.get(path) ?? path.replace(/^lib\/wasm\//, 'engine/wasm/').replace(/^lib\/|^component\/(?=jsx\/)/, '');
}
const PUBLIC = new Map([
  ...['page/service-worker.js', 'component/percept-scorer.js', 'component/percept-scorer.d.ts'].map((path) => [path, posix.basename(path)]),
  ['lib/model/worker.js', 'engine/worker.js'],
]);
const entry = (path) => ({ in: path, out: placeInSite(path).replace(/\.js$/, '') });

/** A file that lies beside the module that names it. */
const BESIDE = /new URL\((['`])(\.[^'`]*)\1, import\.meta\.url\)/g;

/**
 * A module ends up in a file of another folder, and what lies beside it does not.
 * @param {string} folder of the files that are written, within the site
 */
const addressesFrom = (folder) => ({
  name: 'addresses',
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/ }, async ({ path }) => {
      const beside = (_, quote, target) => {
        const address = posix.relative(folder, placeInSite(posix.join(inWeb(dirname(path)), target)));
        return `new URL(${quote}./${address}${quote}, import.meta.url)`;
      };
      return { contents: (await readFile(path, 'utf8')).replace(BESIDE, beside), loader: 'js' };
    });
  },
});

export const inWeb = (path) => relative(WEB, path).split(sep).join('/');

const SHARED = { absWorkingDir: WEB, outdir: WEB, outbase: WEB, write: false, bundle: true, metafile: true, minify: true, charset: 'utf8', logLevel: 'silent' };
const MODULES = { ...SHARED, format: 'esm', target: 'es2022', ignoreAnnotations: true }; // 'sideEffects' of package.json is for others

/** Modules in one folder, and what several of them take in files of their own. @param {string[]} entries */
const together = (entries) => build({ ...MODULES, entryPoints: entries.map(entry), splitting: true, chunkNames: '[name]-[hash]', plugins: [addressesFrom('')] });

/** A module that needs no other. @param {string} path */
const alone = (path) => build({ ...MODULES, entryPoints: [entry(path)], plugins: [addressesFrom(posix.dirname(placeInSite(path)))] });

/**
 * @typedef {object} BundledFile
 * @property {string} path within the site, with '/' between its parts
 * @property {Uint8Array} contents
 * @property {{path: string, later: boolean}[]} imports the files that it imports; later: when it asks for them
 *
 * @returns {Promise<{files: BundledFile[], sources: Set<string>}>} sources: the files of web/ that are in them
 */
export async function bundle() {
  return gathered([together(PAGES), ...WORKERS.map(alone), build({ ...SHARED, entryPoints: STYLES })]);
}

/** What the package has of it: the library and the element, and the two workers beside the engine. */
export async function bundleLibrary() {
  return gathered([together(LIBRARY), ...ENGINE_WORKERS.map(alone)]);
}

/** @param {Promise<import('esbuild').BuildResult>[]} builds @returns {Promise<{files: BundledFile[], sources: Set<string>}>} */
async function gathered(builds) {
  const results = await Promise.all(builds);
  const files = results.flatMap(({ outputFiles, metafile }) => outputFiles.map(({ path, contents }) => (
    { path: inWeb(path), contents, imports: metafile.outputs[inWeb(path)].imports.map((each) => ({ path: each.path, later: each.kind === 'dynamic-import' })) })));
  return { files, sources: new Set(results.flatMap(({ metafile }) => Object.keys(metafile.inputs))) };
}

/**
 * The paths of `entries` and of all that they import, `later` included or not.
 * @param {BundledFile[]} files @param {string[]} entries @param {{later: boolean}} options
 */
export function withImports(files, entries, { later }) {
  const found = new Set(entries);
  for (const path of found) {
    const { imports } = files.find((file) => file.path === path);
    for (const each of imports) if (later || !each.later) found.add(each.path);
  }
  return [...found];
}

/** index.html, which asks at once for all that its modules import. @param {string} html @param {BundledFile[]} files */
export function withPreloads(html, files) {
  const place = '  <script type="module"';
  if (!html.includes(place)) throw new Error('index.html has no module.');
  const pages = PAGES.map(placeInSite);
  const modules = withImports(files, pages.slice(0, 2), { later: false }).filter((path) => !pages.includes(path));
  return html.replace(place, () => modules.map((path) => `  <link rel="modulepreload" href="${path}">\n`).join('') + place);
}

/** What index.html and an embedding page begin with. */
export const ENTRIES = {
  page: [...PAGES.slice(0, 2), ...STYLES, 'page/picture-worker.js'].map(placeInSite),
  library: ['lib/percept.js', ...ENGINE_WORKERS].map(placeInSite),
};
