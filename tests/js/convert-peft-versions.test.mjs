/**
 * Adapter folders as PEFT itself saved them (tests/golden/families_peft.py), in every version that wrote another shape of
 * adapter_config.json, and its oddities: as PEFT computes, or refused with the reason.
 */
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { assertRefused, temporaryFolder } from '../support/convert-fixtures.mjs';
import { BOUND, convertIn, expected as plain, fixture, pictures, relativeError, sizes } from '../support/layout-parity.mjs';

const FOLDER = fileURLToPath(new URL('../golden/families/peft/', import.meta.url));
const expected = JSON.parse(await readFile(new URL('../golden/families/peft.json', import.meta.url)));
const BASE = { path: fixture('visual-only.pt'), config: { num_attention_heads: sizes.heads, hidden_act: 'quick_gelu' } };

/** What is refused, by the case's name. */
const REFUSED = {
  dora: ['UNSUPPORTED', /use_dora: a DoRA adapter rescales/],
  'lora-bias': ['UNSUPPORTED', /lora_bias: the adapter adds a trained bias/],
  'bias-all': ['UNSUPPORTED', /bias is "all": the adapter trained the base's biases/],
  qalora: ['UNSUPPORTED', /use_qalora: a QA-LoRA adapter pools its inputs/],
  pissa: ['UNSUPPORTED', /init_lora_weights is "pissa", which changed the base/],
  olora: ['UNSUPPORTED', /init_lora_weights is "olora", which changed the base/],
  patch: ['UNKNOWN_TENSOR', /patch_embedding, where LoRA has no place/],
  position: ['UNSUPPORTED', /lora_embedding_[AB], which is no factor of a linear layer's LoRA/],
  velora: ['UNSUPPORTED', /velora_config: VeLoRA keeps more/],
  kasa: ['UNSUPPORTED', /kasa_config: KaSA cuts the base's smallest/],
  parameters: ['UNSUPPORTED', /target_parameters: the adapter stands beside parameters/],
  ia3: ['UNSUPPORTED', /peft_type is "IA3"/],
  'norm-saved': ['UNSUPPORTED', /replaces (vision_model\.)?post_layernorm of the tower itself \(modules_to_save\)/],
};

/** Versions that do not name themselves, and read these patterns otherwise than today's. */
const UNNAMED = /^0\.(6|7|8|9|1[0-3])\./;

const convertWith = async (t, folder) => convertIn(await temporaryFolder(t), { base: BASE, tasks: [{ id: 'a', adapter: { path: folder } }] });

test('fifteen versions and twenty oddities are tried', async () => {
  const versions = await readdir(FOLDER);
  assert.ok(versions.length >= 15);
  const cases = new Set(versions.flatMap((version) => Object.keys(expected[version])));
  assert.ok(cases.size >= 20, [...cases].join());
});

for (const [version, cases] of Object.entries(expected)) {
  for (const [name, wanted] of Object.entries(cases)) {
    test(`PEFT ${version}: ${name}`, async (t) => {
      const folder = join(FOLDER, version, name);
      if (REFUSED[name]) return assertRefused(convertWith(t, folder), ...REFUSED[name]);
      if (name === 'both-patterns' && UNNAMED.test(version)) {
        return assertRefused(convertWith(t, folder), 'UNSUPPORTED', /does not name the PEFT version that wrote it, and versions differ on .*q_proj/);
      }
      const { tower } = await convertWith(t, folder);
      const { embeddings } = tower.run(pictures, 0);
      assert.ok(relativeError(embeddings, wanted) < BOUND, `differs by ${relativeError(embeddings, wanted)}`);
      assert.ok(relativeError(plain.plain, wanted) > 0.01, 'the adapter makes no difference');
    });
  }
}
