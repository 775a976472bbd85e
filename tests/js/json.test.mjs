/** JSON from outside: as JSON.parse, but for nesting, which is counted first. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Scorer } from '../../web/lib/percept.js';
import { parseJson } from '../../web/lib/weights/json.js';
import { fetchVectors } from '../../web/lib/weights/vectors.js';

const nested = (depth) => '['.repeat(depth) + ']'.repeat(depth);

test('brackets in texts do not count, and what is not nested too deep is parsed as ever', () => {
  for (const text of ['{"[[": "[[\\"[[\\\\", "a": [1, {"b": null}]}', JSON.stringify({ ['['.repeat(40)]: '{'.repeat(40) }), nested(32), `[{}${',[]'.repeat(1000)}]`, '"x"', '0']) {
    assert.deepEqual(parseJson(text), JSON.parse(text));
  }
  for (const text of ['', '"', '"\\', '[', ']]', '{"a"}']) assert.throws(() => parseJson(text), SyntaxError);
});

test('millions of brackets are refused in milliseconds, as manifest and as table', async (context) => {
  assert.throws(() => parseJson(nested(33)), SyntaxError);
  assert.throws(() => parseJson(`{"\\"":${nested(32)}}`), SyntaxError);
  const bomb = nested(2e6);
  const start = performance.now();
  assert.throws(() => parseJson(bomb), /deeper/);
  const took = performance.now() - start;
  context.diagnostic(`${took.toFixed(1)} ms`);
  assert.ok(took < 400, `${took} ms`);
  const folder = await mkdtemp(join(tmpdir(), 'percept-json-'));
  await writeFile(join(folder, 'model.json'), bomb);
  await assert.rejects(Scorer.load(folder), { code: 'manifest-invalid' });
  await assert.rejects(fetchVectors(pathToFileURL(join(folder, 'model.json'))), { code: 'manifest-invalid' });
  await rm(folder, { recursive: true });
});
