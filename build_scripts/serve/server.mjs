/** A server of folders, for the project's page and for the package's: how it answers, and what it says where it cannot listen. */
import { createServer } from 'node:http';
import { printable } from '../printable.mjs';
import { findFile } from './files.mjs';
import { respond } from './respond.mjs';

/** @typedef {{prefix: string, folder: string}} Mount */

/**
 * A server that is not listening yet.
 * @param {Mount[]} mounts the first that has a file gives it @param {{start?: string}} [options] start: where / leads
 */
export function serverOf(mounts, { start } = {}) {
  return createServer(async (request, response) => {
    try {
      if (start && request.url === '/') response.writeHead(302, { Location: start }).end();
      else await respond(request, response, await findFile(mounts, request.url));
    } catch (error) {
      if (!response.headersSent) response.writeHead(500);
      response.end();
      process.stderr.write(printable(`${request.url}: ${error.message}\n`));
    }
  });
}

/** @param {string} text @returns {number} @throws {Error} with a sentence */
export function portOf(text) {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65535) throw new Error(`There is no port '${text}'.`);
  return Number(text);
}

/**
 * @param {import('node:http').Server} server @param {{port: number, host: string}} place
 * @param {(address: string) => void} onListening told where, without a path
 */
export function listen(server, { port, host }, onListening) {
  server.on('error', (error) => {
    const isTaken = /** @type {NodeJS.ErrnoException} */ (error).code === 'EADDRINUSE';
    process.stderr.write(printable(isTaken ? `percept: Port ${port} is taken: choose another with --port.\n` : `percept: ${error.message}\n`));
    process.exitCode = 1;
  });
  const name = host.includes(':') ? `[${host}]` : host; // an address of IPv6
  server.listen(port, host, () => onListening(`http://${name}:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`));
}
