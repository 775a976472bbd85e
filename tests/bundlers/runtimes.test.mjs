/** The package, as npm packs it, in other runtimes than browsers: Node's versions, Deno and Bun give the bits of this Node. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { packPackage, unpackInto } from '../support/packed.mjs';
import { scoreInNode } from '../support/set-up.mjs';
import { PATIENCE, install } from './install.mjs';

const run = promisify(execFile);
const DEMO = fileURLToPath(new URL('../../weights/demo', import.meta.url));

/** Scores a picture and a file that is none, by path; ends by itself once the scorer is disposed of. */
const PROGRAM = `
import { readFileSync } from 'node:fs';
import { Scorer } from 'percept';
const scorer = await Scorer.load(${JSON.stringify(DEMO)}, { threads: 2 });
const { scores } = await scorer.score(new Blob([readFileSync('good.jpg')]), { tasks: ['quality'] });
const again = await scorer.score('good.jpg', { tasks: ['quality'] });
const refused = await scorer.score(new Blob(['no picture'])).catch(({ code }) => code);
scorer.dispose();
console.log(JSON.stringify([scores.quality.value, again.scores.quality.value, refused]));
`;

/** @type {Record<string, {tools: Record<string, string>, command: string[]}>} */
const RUNTIMES = {
  'Node 20': { tools: { node: '20.20.2' }, command: ['node_modules/node/bin/node'] },
  'Node 22': { tools: { node: '22.23.3' }, command: ['node_modules/node/bin/node'] },
  'Node 24': { tools: { node: '24.21.0' }, command: ['node_modules/node/bin/node'] },
  'Node 26': { tools: { node: '26.10.0' }, command: ['node_modules/node/bin/node'] },
  Deno: { tools: { deno: '2.9.6' }, command: ['node_modules/.bin/deno', 'run', '--allow-read', '--allow-env', '--allow-sys'] },
  Bun: { tools: { bun: '1.4.5' }, command: ['node_modules/.bin/bun', 'run'] },
};

let work;
let archive;
let expected;
before(async () => {
  work = await mkdtemp(join(tmpdir(), 'percept-runtimes-'));
  ({ path: archive } = await packPackage(work));
  expected = (await scoreInNode(DEMO, { threads: 1 })).scores.quality.value;
});
after(() => rm(work, { recursive: true }));

for (const [name, { tools, command: [program, ...options] }] of Object.entries(RUNTIMES)) {
  test(`${name} gives the bits of this Node, and ends`, { timeout: 3 * PATIENCE }, async (t) => {
    const { folder, skip } = await install(name.toLowerCase().replace(' ', '-'), tools);
    if (skip) {
      t.skip(skip);
      return;
    }
    await unpackInto(archive, folder);
    await writeFile(join(folder, 'program.mjs'), PROGRAM);
    await writeFile(join(folder, 'good.jpg'), GOOD_JPEG);
    const { stdout } = await run(join(folder, program), [...options, 'program.mjs'], { cwd: folder, timeout: PATIENCE });
    assert.deepEqual(JSON.parse(stdout), [expected, expected, 'unsupported-format']);
  });
}
