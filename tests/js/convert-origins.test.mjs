/** Where a model's values come from: the dry run prints it for each, and nothing that changes a score has no source. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readHuggingFaceConfig } from '../../build_scripts/convert/config.mjs';
import { readPeftConfig } from '../../build_scripts/convert/peft.mjs';
import { assertRefused, temporaryFolder } from '../support/convert-fixtures.mjs';
import { fixture, sizes } from '../support/layout-parity.mjs';

const CONVERT = fileURLToPath(new URL('../../build_scripts/convert.mjs', import.meta.url));
const TOWERS = fileURLToPath(new URL('../golden/families/towers/', import.meta.url));
const SOURCES = /^(tensors|config: .*\.json( leaves .* to \w+)?|recipe: .*|.*publication.*|the (tower|head)'s own output|Percept: (upright, as people see pictures|RGB first, as transformers' processors have it); no file tells it, the recipe may|\/.*)$/;
const WORDS = ['width', 'layers', 'heads', 'mlp_width', 'patch', 'image', 'embedding', 'activation', 'norm_epsilon'];
const TASK_WORDS = ['resize', 'views', 'mean', 'std', 'orientation', 'convert', 'normalize', 'output'];

/** The printed table: what, and where it comes from. */
async function dryRun(t, recipe) {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'recipe.json'), JSON.stringify({ name: 'x', ...recipe }));
  const { stdout } = await promisify(execFile)(process.execPath, [CONVERT, join(folder, 'recipe.json'), '--dry-run']);
  const lines = stdout.split('\n').map((line) => /^(\S+|a: .*?)\s{2,}(\S.*?)\s{2,}(\S.*)$/.exec(line)).filter(Boolean);
  return Object.fromEntries(lines.map(([, what, value, from]) => [what, { value, from }]));
}

function assertTold(table, words) {
  for (const word of words) assert.match(table[word]?.from ?? `${word} is not printed`, SOURCES, word);
  for (const [word, { from }] of Object.entries(table)) assert.doesNotMatch(from, /default/i, word);
}

test('a tower with its head and its configuration', async (t) => {
  const path = join(TOWERS, 'aesthetics-relu');
  const head = { path, layers: ['layers.0', 'relu', 'layers.3', 'relu', 'layers.6', 'relu', 'layers.9', 'relu', 'layers.11'] };
  const table = await dryRun(t, { base: { path }, tasks: [{ id: 'a', head, normalize: true }] });
  assertTold(table, [...WORDS, ...TASK_WORDS.map((word) => `a: ${word}`), 'a: head']);
  assert.match(table.heads.from, /^config: .*config\.json$/);
  assert.equal(table.width.from, 'tensors');
  assert.match(table['a: resize'].from, /^config: .*preprocessor_config\.json$/);
  assert.deepEqual(table['a: normalize'], { value: 'true', from: 'recipe: tasks[0].normalize' });
});

test('PerceptCLIP: the publication, and what the recipe says instead', async (t) => {
  const path = fixture('perceptclip-quality.pth');
  const base = { path, config: { num_attention_heads: sizes.heads, hidden_act: 'quick_gelu' } };
  const table = await dryRun(t, { base, tasks: [{ id: 'a', adapter: { path }, head: { path }, preprocess: { mean: [0.5, 0.5, 0.5], resize: { shorter: sizes.image } } }] });
  assertTold(table, [...WORDS, ...TASK_WORDS.map((word) => `a: ${word}`), 'a: LoRA scale']);
  assert.equal(table['a: LoRA scale'].from, 'the publication of PerceptCLIP');
  assert.equal(table['a: mean'].from, 'recipe: tasks[0].preprocess.mean');
  assert.equal(table['a: std'].from, 'the publication of PerceptCLIP');
  assert.equal(table.activation.from, 'recipe: base.config');
});

test('config.json: what it leaves out is CLIPVisionConfig\'s, and two copies must agree', async (t) => {
  const folder = await temporaryFolder(t);
  const write = (config) => writeFile(join(folder, 'config.json'), JSON.stringify(config));
  await write({ model_type: 'clip', vision_config: { hidden_size: 768 }, vision_config_dict: { hidden_size: 768 } });
  assert.deepEqual((({ heads, activation, norm_epsilon: epsilon }) => [heads, activation, epsilon])(await readHuggingFaceConfig(folder)), [12, 'quick_gelu', 1e-5]);
  await write({ vision_config: { hidden_act: 'gelu' }, vision_config_dict: { hidden_act: 'quick_gelu' } });
  await assertRefused(readHuggingFaceConfig(folder), 'BAD_FILE', /vision_config and vision_config_dict differ \(activation: gelu and quick_gelu\)/);
  await write({ vision_config: { hidden_act: 'gelu_pytorch_tanh' } });
  await assertRefused(readHuggingFaceConfig(folder), 'UNSUPPORTED', /hidden_act "gelu_pytorch_tanh"/);
  await write({ model_type: 'clip', architectures: ['CLIPForImageClassification'] });
  await assertRefused(readHuggingFaceConfig(folder), 'UNSUPPORTED', /family CLIPForImageClassification: it classifies by the mean of the patch tokens/);
});

// ---- patterns of adapters ----

const LORA = { peft_type: 'LORA', r: 2, lora_alpha: 6 };
const OLD = { ...LORA, inference_mode: true, layers_to_transform: null };
const QUERY = 'base_model.model.vision_model.encoder.layers.0.self_attn.q_proj';
const scaleOf = (config) => readPeftConfig(config, 'adapter_config.json').scaleOf(QUERY, config.rank ?? 2);

for (const [title, config, scale] of [
  ['^ holds at the start of the name without base_model.model.', { alpha_pattern: { '^vision_model.*q_proj': 4 } }, 2],
  ['Python\'s named groups', { alpha_pattern: { '(?P<side>q|k)_proj': 8 } }, 4],
  ['Python\'s \\Z and {,n}', { alpha_pattern: { 'layers.\\d{,2}.self_attn.q_proj\\Z': 10 } }, 5],
  ['a key that is the whole name', { alpha_pattern: { 'vision_model.encoder.layers.0.self_attn.q_proj': 12 } }, 6],
  ['a key that fits a part of a word only', { alpha_pattern: { proj: 12 } }, 3],
  ['each pattern for itself', { rank_pattern: { q_proj: 2 }, alpha_pattern: { 'self_attn.q_proj': 8 } }, 4],
  ['alternatives', { alpha_pattern: { 'v_proj|q_proj': 8 } }, 4],
]) {
  test(`patterns: ${title}`, () => assert.equal(scaleOf({ ...LORA, ...config }), scale));
}

test('patterns: the version in the file decides, and an old file without it is asked for', async () => {
  const both = { rank_pattern: { q_proj: 2 }, alpha_pattern: { 'self_attn.q_proj': 8 } };
  assert.equal(scaleOf({ ...OLD, ...both, peft_version: '0.13.2' }), 3);
  assert.equal(scaleOf({ ...OLD, ...both, peft_version: '0.14.0' }), 4);
  assert.equal(scaleOf({ ...OLD, ...both, peft_version: '0.21.2' }), 4);
  await assertRefused((async () => scaleOf({ ...OLD, ...both }))(), 'UNSUPPORTED', /versions differ on vision_model\.encoder\.layers\.0\.self_attn\.q_proj: rank 2 and alpha 8 as it is read today, rank 2 and alpha 6 before\. Add "peft_version"/);
  assert.equal(scaleOf({ ...OLD, ...both, exclude_modules: null }), 4);
});

for (const key of ['(?i)q_proj', 'q_proj(?#comment)', 'q*+_proj', '(?>q)_proj']) {
  test(`patterns: ${key}, which only Python reads, is refused`, async () => {
    await assertRefused((async () => scaleOf({ ...LORA, alpha_pattern: { [key]: 4 } }))(), 'UNSUPPORTED', /a part of Python's regular expressions/);
  });
}

test('an adapter of a version yet unknown is refused by what it adds, and passed over where that says nothing', async () => {
  assert.equal(scaleOf({ ...LORA, use_new: false, new_config: null, qalora_group_size: 16 }), 3);
  await assertRefused((async () => scaleOf({ ...LORA, new_size: 16 }))(), 'UNSUPPORTED', /new_size is 16, a variant of LoRA that is not known here/);
});

test('published recipes say what was confirmed', async () => {
  const recipe = JSON.parse(await readFile(new URL('../../weights/recipes/perceptclip-l14.json', import.meta.url)));
  assert.match(recipe.about.confirmed, /EmoSet's order/);
  assert.equal(recipe.about.inferred, undefined);
});
