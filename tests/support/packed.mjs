/** The package as `npm pack` makes it. */
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * @param {string} folder where the archive goes
 * @returns {Promise<{path: string, size: number, files: string[]}>} size: the archive's bytes
 */
export async function packPackage(folder) {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: PROJECT });
  const [{ filename, size, files }] = JSON.parse(stdout);
  return { path: join(folder, filename), size, files: files.map(({ path }) => path).sort() };
}

/** Puts the package where a bundler or Node looks for it, without asking a registry for anything. */
export async function unpackInto(archive, application) {
  const target = join(application, 'node_modules/percept');
  await mkdir(target, { recursive: true });
  await run('tar', ['-xzf', archive, '-C', target, '--strip-components=1']);
}
