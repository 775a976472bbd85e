/** A program that serves an application and prints its address. */
import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';

/**
 * @param {string} command
 * @param {{cwd: string, env: Record<string, string>, patience: number}} options
 * @returns {Promise<{url: string, stop: () => void}>}
 */
export async function startServer(command, { cwd, env, patience }) {
  const program = spawn('sh', ['-c', `exec ${command}`], { cwd, env, detached: true });
  let said = '';
  const stop = () => {
    try {
      process.kill(-program.pid); // with its children
    } catch {
      // it has ended by itself
    }
  };
  try {
    const url = await new Promise((resolve, reject) => {
      const hear = (bytes) => {
        said += stripVTControlCharacters(String(bytes));
        const found = /http:\/\/localhost:\d+/.exec(said);
        if (found) resolve(`${found[0]}/`);
      };
      program.stdout.on('data', hear);
      program.stderr.on('data', hear);
      program.on('exit', () => reject(new Error(`'${command}' ended: ${said}`)));
      setTimeout(() => reject(new Error(`'${command}' named no address: ${said}`)), patience).unref();
    });
    return { url, stop };
  } catch (error) {
    stop();
    throw error;
  }
}
