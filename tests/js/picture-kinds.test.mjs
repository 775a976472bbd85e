/** Each kind of picture that people have gives the right pixels or the right code in Node. browser/pictures.test.mjs asks browsers. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { Scorer } from '../../web/lib/percept.js';
import { KINDS } from '../support/picture-kinds.mjs';
import { pictureReaders, sha256 } from '../support/picture-helpers.mjs';

const DEMO = fileURLToPath(new URL('../../weights/demo', import.meta.url));
const readers = pictureReaders();

describe('kinds of pictures in Node', () => {
  let scorer;
  before(async () => { scorer = await Scorer.load(DEMO, { threads: 1 }); });
  after(() => scorer.dispose());

  for (const [kind, { bytes, name, answer }] of Object.entries(KINDS)) {
    test(kind, async () => {
      const outcome = await scorer.score(new Blob([bytes]), { tasks: ['quality'] }).catch((error) => error);
      if (answer.code) {
        assert.equal(outcome.code, answer.code);
        return;
      }
      assert.equal(outcome.picture?.damaged, answer.damaged, outcome.message);
      const reader = readers(name);
      assert.equal(reader.decode(bytes), 'OK');
      const pixels = reader.decodedPixels();
      if (answer.sha256) assert.equal(sha256(pixels), answer.sha256);
      else assert.deepEqual([reader.width, reader.height, crc32(pixels)], answer.crc32);
    });
  }

  test('a JPEG with its height at its end alone is told what it is', async () => {
    await assert.rejects(scorer.score(new Blob([KINDS['JPEG with its height at its end alone'].bytes])), /This is a JPEG that tells its height at its end, a kind that is not read\. Save the picture as an ordinary JPEG or PNG\./);
  });

  test('the same transparent pixels have the same score as PNG and as WebP', async () => {
    const scores = [];
    for (const kind of ['PNG, transparent', 'WebP, transparent, the same pixels as the PNG']) {
      scores.push((await scorer.score(new Blob([KINDS[kind].bytes]), { tasks: ['quality'] })).scores.quality.raw);
    }
    assert.deepEqual(scores[0], scores[1]);
  });
});

/** What the table says of a kind. */
function said({ answer, inBrowser }) {
  const pixels = answer.ofWhole ? "Pillow's pixels of the whole file" : "Pillow's pixels";
  const node = answer.code ? `\`${answer.code}\`` : answer.damaged ? `${pixels}, \`damaged\`` : pixels;
  const browsers = !inBrowser ? 'as Node' : inBrowser.code ? `\`${inBrowser.code}\`` : 'the pixels that were coded';
  return [node, browsers, browsers];
}

test('the table of kinds in tests/README.md says what is tested', async () => {
  const text = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const table = text.split('## Kinds of pictures')[1].split('\n## ')[0].split('\n').filter((line) => line.startsWith('| ')).slice(2);
  assert.deepEqual(table, Object.entries(KINDS).map(([kind, each]) => `| ${[kind, ...said(each)].join(' | ')} |`));
});
