/** What is bundled, by which tool in which version, and how. `build` alone leaves files in `out`; `start` serves the application. */

/** In milliseconds, on a busy machine. */
const PATIENCE_FOR_THREADS = 20_000;

/** Loads the model, scores a picture, once more for as long as a second thread is awaited, and says how it went in the page's title. */
const score = (options = '') => `
Scorer.load('/weights/demo/', { threads: 2${options} }).then(async (scorer) => {
  const picture = await (await fetch('/good.jpg')).blob();
  const patience = performance.now() + (crossOriginIsolated ? ${PATIENCE_FOR_THREADS} : 0);
  let result = await scorer.score(picture);
  while (result.engine.threads < 2 && performance.now() < patience) result = await scorer.score(picture);
  document.title = 'scored ' + result.scores.quality.value + ' on ' + result.engine.threads + (result.engine.threads === 1 ? ' thread' : ' threads');
}).catch((error) => { document.title = 'failed ' + error.code + ': ' + error.message; });
`;
const IMPORTS = "import { Scorer } from 'percept';\nimport 'percept/percept-scorer';\n";
const main = (options) => IMPORTS + score(options);

const html = (script) => `<!doctype html>
<html lang="en">
  <head><meta charset="UTF-8" /><link rel="icon" href="data:," /><title>App</title></head>
  <body><div id="app"></div><script type="module" src="${script}"></script></body>
</html>
`;
/** A page that the bundler does not see. */
const STATIC = { 'public/index.html': html('/main.js') };
const COPY_ENGINE = 'cp -r node_modules/percept/build/package/engine';

/** @param {string} version @param {string} config vite.config.js, where one is needed for the development server */
function vite(version, config) {
  const major = version.split('.')[0];
  const application = { tools: { vite: version }, files: { 'index.html': html('/src/main.js'), 'src/main.js': main() } };
  return [
    { ...application, name: `vite${major}`, title: `Vite ${major}, built`, build: 'npx vite build', out: 'dist' },
    {
      ...application, name: `vite${major}-dev`, title: `Vite ${major}, development${config ? ', with one line of configuration' : ''}`, start: 'npx vite --port 0',
      files: { ...application.files, ...(config && { 'vite.config.js': config }) },
    },
  ];
}
const EXCLUDED = "export default { optimizeDeps: { exclude: ['percept'] } };\n";

/** @param {string} version @param {Record<string, string>} flags of each of its bundlers */
function next(version, flags) {
  const major = version.split('.')[0];
  const files = {
    'app/layout.jsx': 'export default function Layout({ children }) { return <html lang="en"><body>{children}</body></html>; }\n',
    'app/page.jsx': `'use client';\nimport { useEffect } from 'react';\n${IMPORTS.split('\n')[0]}\nexport default function Page() {\n  useEffect(() => {${score()}}, []);\n  return <main>App</main>;\n}\n`,
  };
  const tools = { next: version, react: '19.3.1', 'react-dom': '19.3.1' };
  return Object.entries(flags).flatMap(([bundler, flag]) => [
    { name: `next${major}`, tools, files, title: `Next ${major}, ${bundler}, built`, build: `npx next build ${flag}`, start: 'npx next start --port 0' },
    { name: `next${major}`, tools, files, title: `Next ${major}, ${bundler}, development`, start: `npx next dev ${flag} --port 0` },
  ]);
}

export const APPLICATIONS = [
  ...vite('5.4.21', EXCLUDED),
  ...vite('6.4.6', EXCLUDED),
  ...vite('7.3.8', EXCLUDED),
  ...vite('8.4.0'),
  ...next('15.5.29', { webpack: '', Turbopack: '--turbopack' }),
  ...next('16.4.6', { Turbopack: '', webpack: '--webpack' }),
  {
    name: 'webpack5', title: 'webpack 5', tools: { webpack: '5.113.0', 'webpack-cli': '7.3.1' }, files: { ...STATIC, 'src/index.js': main() },
    build: 'npx webpack --mode production && cp -r public/* dist/', out: 'dist',
  },
  {
    name: 'webpack5-dev', title: 'webpack 5, development', tools: { webpack: '5.113.0', 'webpack-cli': '7.3.1', 'webpack-dev-server': '6.1.0' },
    files: { ...STATIC, 'src/index.js': main() }, start: 'npx webpack serve --mode development',
  },
  {
    name: 'rollup', title: 'Rollup, with engine/ copied', tools: { rollup: '4.68.8', '@rollup/plugin-node-resolve': '16.0.3' }, files: { ...STATIC, 'main.js': main() },
    build: `npx rollup main.js --dir dist --format es --plugin node-resolve && ${COPY_ENGINE} dist/ && cp -r public/* dist/`, out: 'dist',
  },
  {
    name: 'esbuild', title: 'esbuild, with engine/ copied', tools: { esbuild: '0.28.2' }, files: { ...STATIC, 'main.js': main() },
    build: `npx esbuild main.js --bundle --format=esm --outdir=dist && ${COPY_ENGINE} dist/ && cp -r public/* dist/`, out: 'dist',
  },
  {
    name: 'parcel', title: 'Parcel, with engine/ copied and named', tools: { parcel: '2.16.4' },
    files: {
      'index.html': html('./main.js'), 'main.js': main(", assets: '/engine/'"),
      'package.json': JSON.stringify({ name: 'app-parcel', private: true, dependencies: { parcel: '2.16.4' }, '@parcel/resolver-default': { packageExports: true } }),
    },
    build: `npx parcel build index.html && ${COPY_ENGINE} dist/ && cp -r public/* dist/`, out: 'dist',
  },
];
