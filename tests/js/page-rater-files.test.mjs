/** Raters' files that cannot be read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { standInForBrowser } from '../support/templates.mjs';

standInForBrowser();
Object.assign(globalThis, { addEventListener() {} });
const { joinFiles } = await import('../../web/page/rater-files.js');
await import('../../web/page/whose.js'); // brings the sentences

for (const name of ['NotFoundError', 'NotReadableError']) {
  test(`a file that is gone (${name}) is told, and those beside it are joined`, async () => {
    let told = '';
    const whose = { take: (_, rows) => ({ joined: rows.length, waiting: 0 }), tell: (text) => { told = text; } };
    const gone = { name: 'gone.csv', text: async () => { throw new DOMException('The file is not there.', name); } };
    const files = [gone, new File([`image,label,sha256\na.jpg,4,${'a'.repeat(64)}\n`], 'ann.csv')];
    await joinFiles({ pictures: { items: [] } }, { task: 'cover', wanted: { way: 'stars', classes: [] }, files, whose });
    assert.equal(told, 'gone.csv was not added. The file is not there. ann.csv: 1 judgement joined.');
  });
}
