/** Tools from npm's registry, kept in build/bundlers between runs. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const HOME = fileURLToPath(new URL('../../build/bundlers', import.meta.url));

/** Names of the tools that a quick run takes, as make's ROWS= gives them; without any, all are taken. */
const ROWS = (process.env.ROWS ?? '').split(' ').filter(Boolean);

/** A cold build or installation on a busy machine, in milliseconds. */
export const PATIENCE = 480_000;

/**
 * @param {string} name of the folder @param {Record<string, string>} tools packages with their versions
 * @returns {Promise<{folder: string} | {skip: string}>} skip: why a test cannot run
 */
export async function install(name, tools) {
  if (ROWS.length > 0 && !ROWS.includes(name)) return { skip: `this run takes ${ROWS.join(', ')} alone; make test-bundlers takes all` };
  const folder = join(HOME, name);
  const wanted = JSON.stringify({ name: `app-${name}`, private: true, type: 'module', dependencies: tools });
  const there = await readFile(join(folder, 'installed.json'), 'utf8').catch(() => null);
  if (there === wanted) return { folder };
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), wanted);
  try {
    await run('npm', ['install', '--no-audit', '--no-fund'], { cwd: folder, timeout: 2 * PATIENCE });
  } catch (error) {
    return { skip: `npm could not install ${Object.entries(tools).map((each) => each.join('@')).join(', ')}: ${error.stderr?.trim().split('\n')[0] || error.message}` };
  }
  await writeFile(join(folder, 'installed.json'), wanted);
  return { folder };
}
