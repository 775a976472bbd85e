/**
 * Nothing of a picture leaves the machine. The browsers' whole traffic goes through a proxy here, so that nothing that
 * a page, a worker or a service worker asks for is overlooked.
 */
import assert from 'node:assert/strict';
import { createServer, request as askOn } from 'node:http';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { serveFaulty } from '../support/faulty-server.mjs';
import { makeSeededModel } from '../support/seeded-model.mjs';
import { BROWSERS, drop, listen, openPage, readCard, servePlainly } from '../support/browsers.mjs';

/** What browsers ask their makers for at times, whatever page is open: the hosts are many, and change. */
const MAKERS = /(^|\.)(mozilla\.(org|net|com)|firefox\.com|google\.com|googleapis\.com|gstatic\.com|gvt1\.com)$/;
/** What pages take from the same makers. */
const FOR_PAGES = /^(ajax|apis|fonts|maps|storage|translate)\./;

function isBackground({ method, url }) {
  const host = method === 'CONNECT' ? url.replace(/:443$/, '') : new URL(url).host;
  return MAKERS.test(host) && !FOR_PAGES.test(host);
}

/** A proxy that remembers {method, url, body, headers} of each request; of encrypted ones the host alone is seen. */
async function serveProxy() {
  const requests = [];
  const server = createServer((request, response) => {
    const entry = { method: request.method, url: request.url, headers: JSON.stringify(request.headers), body: 0 };
    requests.push(entry);
    const onwards = askOn(request.url, { method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onwards.on('error', () => response.destroy());
    request.on('data', (part) => { entry.body += part.length; });
    request.pipe(onwards);
  });
  server.on('connect', ({ url }, socket) => {
    requests.push({ method: 'CONNECT', url, headers: '', body: 0 });
    socket.destroy();
  });
  return { ...await listen(server), requests };
}

const through = ({ origin }) => ({
  chromium: { flags: [`--proxy-server=${origin}`, '--proxy-bypass-list=<-loopback>'] },
  firefox: { preferences: {
    'network.proxy.type': 1, 'network.proxy.http': 'localhost', 'network.proxy.http_port': Number(new URL(origin).port),
    'network.proxy.ssl': 'localhost', 'network.proxy.ssl_port': Number(new URL(origin).port),
    'network.proxy.allow_hijacking_localhost': true, 'network.proxy.no_proxies_on': '',
  } },
});

/** What a request does that none may do: words, or nothing. */
function wrongWith({ method, url, body, headers }, allowed) {
  if (method === 'CONNECT') return [`an encrypted connection to ${url}`];
  const { origin, search } = new URL(url);
  return [
    method !== 'GET' && `${method} ${url}`,
    body > 0 && `${body} bytes to ${url}`,
    !allowed.includes(origin) && `a request to ${origin}`,
    search.length > 100 && `a long question to ${url}`,
    headers.length > 2000 && `long headers to ${url}`,
  ].filter(Boolean);
}

let pages;
let models;
before(async () => {
  const { folder, remove } = await makeSeededModel();
  const names = await readdir(folder);
  models = await serveFaulty(Object.fromEntries(await Promise.all(names.map(async (name) => [`/m/${name}`, await readFile(join(folder, name))]))));
  await remove();
  pages = await servePlainly([]);
});
after(async () => {
  pages.close();
  await models.close();
});

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    let browser;
    let proxy;
    before(async () => {
      proxy = await serveProxy();
      browser = await launch(through(proxy)[name]);
    });
    after(async () => {
      await browser.close();
      proxy.close();
    });

    const wrong = () => proxy.requests.filter((request) => !isBackground(request)).flatMap((request) => wrongWith(request, [pages.origin, models.origin]));

    test('requests go to the page and the model alone, carry nothing, and none is made while a loaded task is scored', async () => {
      const { page } = await openPage(browser, `${pages.origin}/?model=${models.origin}/m/&samples=none`);
      await drop(page, [{ name: 'first.jpg', bytes: GOOD_JPEG }]);
      assert.equal((await readCard(page, 'first.jpg')).state, 'scored');
      await page.evaluate(() => navigator.serviceWorker.ready.then(() => true)); // it has its own to ask for
      assert.ok(proxy.requests.some(({ url }) => url.startsWith(`${models.origin}/m/base-`)), 'the proxy sees what workers ask for');
      const earlier = proxy.requests.length;
      await drop(page, [{ name: 'second.jpg', bytes: GOOD_JPEG }]);
      assert.equal((await readCard(page, 'second.jpg')).state, 'scored');
      await sleep(200);
      assert.deepEqual(proxy.requests.slice(earlier).filter((request) => !isBackground(request)), []);
      assert.deepEqual(wrong(), []);
      await page.close();
    });

    const LEAKS = {
      'a body': 'fetch("/icon.svg", { method: "POST", body: new Uint8Array(2000) })',
      'a question': 'fetch("/icon.svg/?" + "x".repeat(2000))', // no file of the page: the service worker would answer that one itself
      'another host': 'fetch("http://elsewhere.test/", { mode: "no-cors" })',
      'an encrypted host': 'fetch("https://elsewhere.test/", { mode: "no-cors" })',
      'a host of a browser\'s maker': 'fetch("https://fonts.googleapis.com/", { mode: "no-cors" })',
    };
    for (const [what, code] of Object.entries(LEAKS)) {
      test(`a leak through ${what} would be seen, from a worker too`, async () => {
        const { page } = await openPage(browser, `${pages.origin}/icon.svg`);
        proxy.requests.length = 0;
        await page.evaluate(async (source) => {
          const worker = new Worker(URL.createObjectURL(new Blob([`${source}.catch(() => {}).then(() => postMessage(0));`.replaceAll('"/icon', `"${location.origin}/icon`)])));
          await new Promise((resolve) => { worker.onmessage = resolve; });
        }, code);
        assert.ok(wrong().length > 0, JSON.stringify(proxy.requests));
        await page.close();
      });
    }
  });
}
