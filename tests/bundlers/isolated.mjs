/** A site behind a host that sends what web/lib/README.md asks for threads, and the policy that it names for workers and fetches. */
import { createServer, request as ask } from 'node:http';
import { listen } from '../support/listen.mjs';

const HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Content-Security-Policy': "worker-src 'self'; connect-src 'self'",
};

/** @param {string} url of the site that is passed on @returns {ReturnType<typeof listen>} */
export function isolated(url) {
  const { hostname, port } = new URL(url);
  return listen(createServer((request, response) => {
    const { method, url: path, headers } = request;
    const passed = ask({ hostname, port, path, method, headers }, (answer) => {
      response.writeHead(answer.statusCode, { ...answer.headers, ...HEADERS });
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy());
    request.pipe(passed);
  }));
}
