/** The engine's files that do not come whole, or are something else: told by a code, and of a tower in the way that another build can follow. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { useAssets } from '../../web/lib/platform/assets.js';
import { compileModule } from '../../web/lib/wasm.js';
import { listen } from '../support/listen.mjs';

test('a file that is missing, breaks off or is none is engine-unreachable; only a tower tells that it does not compile', async () => {
  const whole = await readFile(new URL('../../web/lib/wasm/hash.wasm', import.meta.url));
  const { origin, close } = await listen(createServer(({ url }, response) => {
    if (url.startsWith('/missing/')) response.writeHead(404).end();
    else if (url.startsWith('/page/')) response.end('<!doctype html>');
    else if (url.startsWith('/whole/')) response.end(whole);
    else {
      response.writeHead(200, { 'Content-Length': whole.length });
      response.write(whole.subarray(0, 100), () => response.destroy());
    }
  }));
  const compile = (kind, file) => {
    useAssets({ [file]: `${origin}/${kind}/${file}`, 'picture.wasm': `${origin}/${kind}/picture.wasm` });
    return compileModule(file);
  };
  try {
    assert.ok(await compile('whole', 'hash.wasm') instanceof WebAssembly.Module);
    for (const kind of ['missing', 'page', 'broken']) {
      await assert.rejects(compile(kind, 'hash.wasm'), { code: 'engine-unreachable', message: /The engine file hash\.wasm could not be fetched: .+\. Is/ }, kind);
    }
    for (const kind of ['missing', 'broken']) await assert.rejects(compile(kind, 'tower-simd128.wasm'), { code: 'engine-unreachable' }, kind);
    await assert.rejects(compile('page', 'tower-simd128.wasm'), WebAssembly.CompileError);
    await assert.rejects(compile('missing', 'tower-reference.wasm'), { code: 'variant-unavailable' });
  } finally {
    close();
  }
});
