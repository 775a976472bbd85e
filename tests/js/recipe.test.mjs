/** Recipes: defaults, and a refusal by path for every word that is wrong. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConvertError } from '../../build_scripts/convert/errors.mjs';
import { checkRecipe } from '../../build_scripts/convert/recipe.mjs';

function fullRecipe() {
  return {
    name: 'my-scorer',
    license: 'MIT',
    about: { source: 'https://example.org', limits: { en: 'None known.', ja: '不明' } },
    base: { path: 'clip', config: { hidden_act: 'gelu', num_attention_heads: 12 } },
    tasks: [
      {
        id: 'quality',
        title: { en: 'Image quality' },
        about: { direction: 'higher is better' },
        license: 'MIT',
        adapter: { path: 'lora', alpha: 8 },
        head: { path: 'head', layers: ['fc1', 'relu', 'fc2'] },
        normalize: true,
        preprocess: {
          resize: { height: 512, width: 384, interpolation: 'bilinear' },
          views: { grid: [5, 3], size: 224 },
          mean: [0.5, 0.5, 0.5],
          std: [0.5, 0.5, 0.5],
          orientation: 'ignore',
        },
        output: {
          kind: 'score', from: [-6.52, 3.11], to: [0, 1], clamp: true,
          bands: [{ upTo: 0.5, label: { en: 'poor', ja: '悪い' } }, { label: { en: 'good' } }],
        },
      },
      {
        id: 'emotion', head: { path: 'emotion' },
        preprocess: { resize: { shorter: 224 }, views: { center: 224 } },
        output: { kind: 'classes', labels: ['awe', 'fear'] },
      },
      { id: 'bare', output: { kind: 'embedding' } },
    ],
  };
}

test('keeps every word', () => {
  const recipe = checkRecipe(fullRecipe());
  const expected = fullRecipe();
  Object.assign(expected.tasks[1], { title: { en: 'emotion' } });
  expected.tasks[1].preprocess.resize.interpolation = 'bicubic';
  Object.assign(expected.tasks[2], { title: { en: 'bare' }, preprocess: {} });
  assert.deepEqual(recipe, expected);
});

test('fills the defaults', () => {
  const recipe = checkRecipe({ name: 'x', base: { path: 'a' }, tasks: [{ id: 't', head: { path: 'h' } }] });
  assert.equal(recipe.license, 'none stated');
  assert.deepEqual(recipe.base.config, {});
  assert.deepEqual(recipe.tasks[0], {
    id: 't', title: { en: 't' }, head: { path: 'h' }, preprocess: {},
    output: { kind: 'score', from: [0, 1], to: [0, 1], clamp: false },
  });
});

/** Where a record lies in the full recipe, and its path in messages. */
const RECORDS = {
  'The recipe': (r) => r,
  base: (r) => r.base,
  'base.config': (r) => r.base.config,
  'tasks[0]': (r) => r.tasks[0],
  'tasks[0].adapter': (r) => r.tasks[0].adapter,
  'tasks[0].head': (r) => r.tasks[0].head,
  'tasks[0].preprocess': (r) => r.tasks[0].preprocess,
  'tasks[0].preprocess.resize': (r) => r.tasks[0].preprocess.resize,
  'tasks[0].preprocess.views': (r) => r.tasks[0].preprocess.views,
  'tasks[1].preprocess.resize': (r) => r.tasks[1].preprocess.resize,
  'tasks[1].preprocess.views': (r) => r.tasks[1].preprocess.views,
  'tasks[0].output': (r) => r.tasks[0].output,
  'tasks[0].output.bands[0]': (r) => r.tasks[0].output.bands[0],
  'tasks[1].output': (r) => r.tasks[1].output,
  'tasks[2].output': (r) => r.tasks[2].output,
};

function refuses(recipe, start) {
  assert.throws(() => checkRecipe(recipe), (error) => {
    assert.ok(error instanceof ConvertError, error.stack);
    assert.equal(error.code, 'BAD_RECIPE');
    assert.ok(error.message.startsWith(start), `"${error.message}" does not begin with "${start}"`);
    return true;
  });
}

for (const [path, find] of Object.entries(RECORDS)) {
  test(`refuses an unknown word in ${path}`, () => {
    const recipe = fullRecipe();
    find(recipe).colour = 1;
    refuses(recipe, `${path} has the unknown word "colour"`);
  });
}

/** [what is set, to what, the path that the message begins with] */
const WRONG = [
  [(r) => { r.name = ''; }, 'name must'],
  [(r) => { delete r.name; }, 'The recipe lacks the word "name"'],
  [(r) => { delete r.base; }, 'The recipe lacks the word "base"'],
  [(r) => { r.base = 'clip'; }, 'base must be an object'],
  [(r) => { r.base.layout = 'keras'; }, 'base.layout must be'],
  [(r) => { r.tasks = []; }, 'tasks must be a list'],
  [(r) => { r.tasks[1].id = 'quality'; }, 'tasks[1].id is "quality", as an earlier'],
  [(r) => { r.tasks[0].id = '../x'; }, 'tasks[0].id must'],
  [(r) => { r.tasks[0].id = 'constructor'; }, "tasks[0].id 'constructor' is a name that every object has"],
  [(r) => { delete r.tasks[0].id; }, 'tasks[0] lacks the word "id"'],
  [(r) => { r.tasks[0].title = 'Quality'; }, 'tasks[0].title must be an object'],
  [(r) => { r.tasks[0].title = { English: 'Quality' }; }, 'tasks[0].title has the word "English"'],
  [(r) => { r.tasks[0].about = { Trained: 'x' }; }, 'tasks[0].about has the word "Trained"'],
  [(r) => { r.tasks[0].about = { topic: 5 }; }, 'tasks[0].about.topic must'],
  [(r) => { r.tasks[0].adapter.alpha = 0; }, 'tasks[0].adapter.alpha must'],
  [(r) => { r.tasks[0].head.layers = [1]; }, 'tasks[0].head.layers[0] must'],
  [(r) => { r.tasks[0].normalize = 'yes'; }, 'tasks[0].normalize must be true or false'],
  [(r) => { r.tasks[0].preprocess.resize.interpolation = 'hamming'; }, 'tasks[0].preprocess.resize.interpolation must be'],
  [(r) => { r.tasks[0].preprocess.resize.shorter = 224; }, 'tasks[0].preprocess.resize has the unknown word "height", "width"'],
  [(r) => { delete r.tasks[0].preprocess.resize.width; }, 'tasks[0].preprocess.resize lacks the word "width"'],
  [(r) => { r.tasks[0].preprocess.views.grid = [5]; }, 'tasks[0].preprocess.views.grid must be a list of 2'],
  [(r) => { r.tasks[0].preprocess.views.grid = [500, 3]; }, 'tasks[0].preprocess.views.grid[0] must be an integer'],
  [(r) => { r.tasks[0].preprocess.views.grid = [50, 50]; }, 'tasks[0].preprocess.views.grid asks for 2500 views'],
  [(r) => { r.tasks[0].preprocess.views.edges = false; }, 'tasks[0].preprocess.views.edges must be true'],
  [(r) => { r.tasks[0].preprocess.detail = { shorter: 640 }; }, 'tasks[0].preprocess.detail lacks the word "grid"'],
  [(r) => { r.tasks[0].preprocess.detail = { shorter: 640, grid: [17, 17] }; }, 'tasks[0].preprocess.detail.grid asks for 289 views'],
  [(r) => { r.tasks[0].preprocess.views = { center: 224, size: 224 }; }, 'tasks[0].preprocess.views has the unknown word "size"'],
  [(r) => { r.tasks[0].preprocess.std = [1, 0, 1]; }, 'tasks[0].preprocess.std[1] must'],
  [(r) => { r.tasks[0].preprocess.mean = [1, 1]; }, 'tasks[0].preprocess.mean must be a list of 3'],
  [(r) => { r.tasks[0].preprocess.orientation = 'turn'; }, 'tasks[0].preprocess.orientation must be'],
  [(r) => { r.tasks[0].output.kind = 'rank'; }, 'tasks[0].output.kind must be'],
  [(r) => { r.tasks[0].output.from = [1, 1]; }, 'tasks[0].output.from must be two different'],
  [(r) => { r.tasks[0].output.to = [0, Infinity]; }, 'tasks[0].output.to[1] must be a finite'],
  [(r) => { r.tasks[0].output.bands[1].upTo = 0.5; }, 'tasks[0].output.bands[1].upTo must be above'],
  [(r) => { delete r.tasks[0].output.bands[0].upTo; }, 'tasks[0].output.bands[0] lacks the word "upTo"'],
  [(r) => { r.tasks[1].output.labels = ['a', 'a']; }, 'tasks[1].output.labels names a label twice'],
  [(r) => { delete r.tasks[1].output.labels; }, 'tasks[1].output lacks the word "labels"'],
  [(r) => { delete r.tasks[0].head; }, 'tasks[0] lacks the word "head"'],
  [(r) => { r.tasks[2].head = { path: 'x' }; }, 'tasks[2].output.kind is "embedding"'],
];

for (const [change, start] of WRONG) {
  test(`refuses: ${start}`, () => {
    const recipe = fullRecipe();
    change(recipe);
    refuses(recipe, start);
  });
}

for (const value of [null, 'text', [], 5]) {
  test(`refuses a recipe that is ${JSON.stringify(value)}`, () => refuses(value, 'The recipe must be an object'));
}
