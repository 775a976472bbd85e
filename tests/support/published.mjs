/** The way of `make weights` for full-size seeded files in the published layouts, which this machine serves. */
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

/**
 * A new folder whose files are served, until `close` removes it.
 * @returns {Promise<{folder: string, origin: string, close: () => Promise<void>}>}
 */
export async function serveFolder() {
  const folder = await mkdtemp(join(ROOT, 'build/published-'));
  const server = createServer(async (request, response) => {
    const path = join(folder, request.url.slice(1));
    response.writeHead(200, { 'content-length': (await stat(path)).size });
    createReadStream(path).pipe(response);
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const close = async () => {
    server.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { folder, origin: `http://127.0.0.1:${server.address().port}`, close };
}

/**
 * Downloads what a published recipe names, from files of the folder instead.
 * @param {{folder: string, origin: string}} served
 * @param {string} name the recipe's
 * @param {string[]} files what stands for each download
 * @returns {Promise<string>} the local recipe's path
 */
export async function downloadRecipe({ folder, origin }, name, files) {
  const recipe = await readFile(join(ROOT, `weights/recipes/${name}.json`), 'utf8');
  const local = JSON.parse(recipe.replaceAll('../../build/downloads/', 'downloads/'));
  local.downloads.forEach((download, index) => {
    download.url = `${origin}/${files[index]}`;
    delete download.sha256; /* the published file's */
  });
  const path = join(folder, `${name}.json`);
  await writeFile(path, JSON.stringify(local));
  await run(process.execPath, [join(ROOT, 'build_scripts/download.mjs'), path], { maxBuffer: 1 << 26 });
  return path;
}

/**
 * Converts in a process of its own.
 * @returns {Promise<{seconds: number, megabytes: number}>} how long it took, and the most memory that it held, in MiB
 */
export async function convertMeasured(recipe, outdir, outtype) {
  const script = join(ROOT, 'build_scripts/convert.mjs');
  const code = `process.argv = [process.argv[0], ...${JSON.stringify([script, recipe, '--outdir', outdir, '--outtype', outtype])}];
    process.on('exit', () => console.log('PEAK', process.resourceUsage().maxRSS));
    await import(${JSON.stringify(script)});`;
  const started = Date.now();
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], { maxBuffer: 1 << 26 });
  return { seconds: (Date.now() - started) / 1000, megabytes: Number(/PEAK (\d+)/.exec(stdout)[1]) / 1024 };
}
