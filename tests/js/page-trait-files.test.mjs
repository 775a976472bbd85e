/** Traits that come as files: none takes another one's place unasked. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeTrait } from '../../web/lib/weights/trait-file.js';
import { standInForBrowser, textsIn } from '../support/templates.mjs';

standInForBrowser();
Object.assign(globalThis, { addEventListener() {} });
Object.assign(globalThis.document, { getElementById: () => ({}) });
await import('../../web/page/late.js'); // which it asks for
const { TraitFiles } = await import('../../web/page/trait-files.js');

/** A file whose trait has this id. */
const fileOf = async (id, title) => new File([await writeTrait({ tower: {}, base: { shards: [] }, name: 'a model' }, { task: { id, title }, evidence: {}, tensors: [] })], `${id}.safetensors`);

test('a file that is dropped while the model is on its way takes the place of none that the browser keeps', async () => {
  const added = [];
  let keeps = null;
  let load;
  const traits = {
    ready: Promise.resolve(), fileOf: () => keeps, add: async (bytes) => { added.push(bytes); return { task: { id: 'cover', title: 'Cover' } }; },
  };
  const model = { loaded: null, manifest: null, scorer: new Promise((resolve) => { load = resolve; }) };
  const files = new TraitFiles({ lessons: { all: [], get: () => null, takenIds: [] }, model, traits }, { onAdded() {}, render() {} });
  const taken = files.take([await fileOf('cover', 'Cover')]);
  await sleep(50);
  traits.ready = sleep(10).then(() => { keeps = new Uint8Array(3); }); // as traits.js does, when the model is there
  load({});
  await taken;
  assert.equal(added.length, 0);
  assert.match(textsIn(files.template()).join(), /cover\.safetensors has the name of “cover”, which is here already/);
});
