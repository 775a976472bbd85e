/** What a lesson takes, by a clock that moves only as an engine of known speed works: said before, and on the way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tower } from '../../web/lib/engine/tower.js';
import { seededRandom } from '../../web/lib/shared/statistics.js';
import { compileModule } from '../../web/lib/wasm.js';
import { Memory, teachAtOnce } from '../../web/lib/teach/at-once.js';
import { Teacher } from '../../web/lib/model/teach.js';
import { sizesOf, teachDeeper, workOf } from '../../web/lib/model/teach-deeper.js';
import { TrainingProgress } from '../../web/lib/model/training-progress.js';
import { BACKWARD, TrainingSet } from '../../web/lib/model/training-set.js';
import { usualShare } from '../../web/lib/model/training-run.js';

const [LAYERS, DEPTH, BATCH, WIDTH, IMAGE] = [6, 2, 4, 16, 8];
const SECONDS_OF_VIEW = 0.02;
const COUNT = 40;
const FOLDS = 5;
const EPOCHS = 10;

/** An engine whose output for a view is its head's bias and its first byte's label times what it has learnt: `rate` more with each step. */
class Clockwork {
  now = 0;
  inputFloats = 1;
  bytes = 1000;
  traitBytes = 100;
  room = 0;
  allocations = 0;
  parameters = new Float32Array(1);
  tensors = [{ name: 'head.0.weight', shape: [1], offset: 0 }, { name: 'head.0.bias', shape: [1], offset: 0 }];
  #rate;
  #share;
  #batches = 0;
  #bias = 0;
  #outputs = new Float64Array(0);
  #slots = [[], []];

  constructor(rate, share) {
    this.#rate = rate;
    this.#share = share;
  }

  work(views) {
    this.now += 1000 * views * SECONDS_OF_VIEW;
  }

  /** A batch through the tower: the first one meets cold code and takes three times as long. */
  batch() {
    this.work(BATCH * (this.#batches === 0 ? 3 : 1));
    this.#batches += 1;
  }

  configure() {}
  allocate() { this.allocations += 1; }
  release() {}
  seed() { this.parameters = new Float32Array(1); }
  setParameters(values) {
    if (values.length === 1) this.parameters = values.slice();
    if (values.length === 8) [this.#bias] = values; // a panel: the head's weights are many
  }
  begin(pictures) { this.#outputs = new Float64Array(pictures); }
  more(pictures) { this.begin(pictures); }
  update() { this.parameters = this.parameters.map((value) => value + this.#rate); }
  loss() { return 0; }

  prefix(slot, views) {
    this.work((1 - this.#share) * views.length);
    this.#slots[slot] = views.map((view) => new Float32Array([view[0]]));
  }

  inputs(slot, views) { return this.#slots[slot].slice(0, views); }
  setInputs(slot, inputs) { this.#slots[slot] = inputs; }

  forward(slot, pictures) {
    this.work(this.#share * pictures.length);
    pictures.forEach((picture, at) => { this.#outputs[picture] = this.#bias + this.parameters[0] * (this.#slots[slot][at][0] - 3) / 2; });
  }

  outputs(count) { return Float32Array.from(this.#outputs.subarray(0, count)); }
  backward(_, views) { this.work(BACKWARD * this.#share * views); }
}

/** @param {{roomBytes?: number, newBytes?: number, bytesToCome?: number}} [memory] in place of the trait's bytes, and of tasks that were all asked for */
function teacherOn(engine, { roomBytes = 1e9, newBytes = engine.traitBytes, bytesToCome = 0 } = {}) {
  const tower = { batch: BATCH, trainer: engine, roomBytes, forward: () => engine.batch(), setNormalization: () => {} };
  return new Teacher({ tower, sizes: { layers: LAYERS, image: IMAGE }, tasks: { bytesToCome, taught: { spare: 0, newBytes: () => newBytes } } }, MANIFEST);
}

const MANIFEST = { name: 'clockwork', tower: {}, base: { shards: [] } };

const labels = Array.from({ length: COUNT }, (_, at) => 1 + at % 5);

/** A lesson whose features say nothing of its labels, so that whatever the engine has learnt is better. */
function lessonOf(isPairs) {
  const random = seededRandom(3);
  const shared = { rater: '' };
  return {
    id: 'own', title: { en: 'Own' }, kind: 'score', classes: null, scale: isPairs ? null : [1, 5], preprocess: {}, depth: DEPTH, rank: 4, epochs: EPOCHS, folds: FOLDS, seed: 1,
    equalGroups: false, date: null,
    pictures: labels.map((_, at) => ({ name: `p${at}`, group: null, features: Float32Array.from({ length: WIDTH }, () => random() - 0.5) })),
    labels: isPairs ? null : labels.map((label, picture) => ({ picture, label, ...shared })),
    pairs: isPairs ? labels.flatMap((own, at) => [1, 2, 3, 4, 6, 7, 8, 9, 11, 13].map((step) => (at + step) % COUNT).filter((other) => labels[other] < own).map((worse) => ({ better: at, worse, tie: false, ...shared }))) : null,
  };
}

/** What was said before, what it took, and what was said on the way. */
async function timed(t, { isPairs = false, rate }) {
  const engine = new Clockwork(rate, DEPTH / LAYERS);
  t.mock.method(performance, 'now', () => engine.now);
  const teacher = teacherOn(engine);
  const lesson = lessonOf(isPairs);
  const judgements = (lesson.pairs ?? lesson.labels).length;
  const needs = teacher.needs({ depth: DEPTH, rank: 4, outputs: 1, isPairs, judgements, pictures: COUNT, views: 1, looks: 0, folds: FOLDS, epochs: EPOCHS });

  const { subject, outputs, evidence } = await teachAtOnce(lesson, new Memory(), async () => {});
  const { slots } = sizesOf({ depth: DEPTH, rank: 4, outputs: 1, views: 1, isPairs }, { layers: LAYERS, batch: BATCH });
  const start = engine.now;
  const left = [];
  const told = new TrainingProgress(
    workOf({ views: judgements * (isPairs ? 2 : 1), unlike: COUNT, isPairs, folds: FOLDS, epochs: EPOCHS }),
    { onProgress: ({ secondsLeft, training }) => left.push({ at: (engine.now - start) / 1000, secondsLeft, fold: training?.fold }) },
  );
  told.expect(usualShare([], EPOCHS));
  const set = new TrainingSet(engine, subject.numbers.map((at) => [new Uint8Array([labels[at]])]), {
    batch: BATCH, slots, outputs: 1, keepsInputs: true, pause: (views) => told.worked(views),
  });
  const { taught } = await teachDeeper({ subject, headOutputs: outputs, trainer: engine, set, evidence, told, parts: { get: () => null, put: () => {} } });
  return { needs, taken: (engine.now - start) / 1000, left, isKept: taught !== null };
}

for (const isPairs of [false, true]) {
  const what = isPairs ? 'pairs' : 'labels';

  test(`${what}: where no fit stops early, a lesson takes what was said at most, and little less`, async (t) => {
    const { needs, taken, left, isKept } = await timed(t, { isPairs, rate: 1e-2 });
    assert.ok(isKept, 'the last fit was made, too');
    assert.ok(needs.seconds >= taken && needs.seconds <= 1.25 * taken, `${needs.seconds} s said, ${taken} s taken`);
    const late = left.filter(({ fold }) => fold === null);
    for (const { at, secondsLeft } of late) assert.ok(secondsLeft >= 0.95 * (taken - at) && secondsLeft <= 1.2 * (taken - at) + 0.02 * taken, `${secondsLeft} s said to be left, ${taken - at} s were`);
  });

  test(`${what}: where all fits stop as early as they may, what is likely is not too low, and what is left comes near`, async (t) => {
    const { needs, taken, left, isKept } = await timed(t, { isPairs, rate: -1e-4 });
    assert.ok(!isKept);
    assert.ok(needs.likely < 0.9 * needs.seconds && needs.likely >= taken, `${needs.likely} s likely, ${needs.seconds} s at most, ${taken} s taken`);
    const second = left.filter(({ fold }) => fold === 1); // by then one fold has told when it stopped
    for (const { at, secondsLeft } of second) assert.ok(secondsLeft >= taken - at && secondsLeft < 2.2 * (taken - at), `${secondsLeft} s said to be left, ${taken - at} s were`);
  });
}

test('what is looked at is counted where features are missing, at the speed of a batch that is not the first', (t) => {
  const engine = new Clockwork(0, 1);
  t.mock.method(performance, 'now', () => engine.now);
  const { seconds, likely, fits } = teacherOn(engine).needs({ depth: 0, looks: 7, views: 2 });
  assert.ok(Math.abs(seconds - 14 * SECONDS_OF_VIEW) < 1e-9 && likely === seconds && fits, `${seconds}`);
});

const NEEDS = { depth: DEPTH, rank: 4, outputs: 1, isPairs: false, judgements: COUNT, pictures: COUNT, views: 1, looks: 0, folds: FOLDS, epochs: EPOCHS };
for (const [what, memory, room, fits] of [
  ['trainer and trait', { roomBytes: 1100 }, 0, true],
  ['a trait more than there is room for', { roomBytes: 1099 }, 0, false],
  ['a trait where another left room', { roomBytes: 1000, newBytes: 0 }, 0, true],
  ['tasks of the model that nobody asked for yet', { roomBytes: 1100, bytesToCome: 1 }, 0, false],
  ['a trainer that has its room, and the trait', { roomBytes: 100 }, 1000, true],
  ['a trainer that has its room, and a trait that finds none', { roomBytes: 99 }, 1000, false],
]) {
  test(`room for ${what}: a lesson ${fits ? 'fits' : 'does not fit, which is said before it trains'}`, async (t) => {
    const engine = Object.assign(new Clockwork(1e-2, DEPTH / LAYERS), { room });
    t.mock.method(performance, 'now', () => engine.now);
    const needs = teacherOn(engine, memory).needs(NEEDS);
    assert.deepEqual([needs.fits, needs.bytes], [fits, 1100 + 4 * COUNT]);
    const teaching = teacherOn(engine, memory).teach(lessonOf(false), {}, { onProgress: () => {}, onPart: () => { throw new Error('trained'); } });
    if (fits) await assert.rejects(teaching, /trained/);
    else await assert.rejects(teaching, ({ code, message }) => code === 'out-of-memory' && /Teach fewer blocks/.test(message));
    assert.equal(engine.allocations, Number(fits));
  });
}

test('a trait\'s bytes are known before any memory is taken', async () => {
  const tower = await Tower.trial({ module: await compileModule('tower-simd128.wasm'), shared: false });
  const sizes = { width: 64, layers: 4, heads: 2, mlp_width: 128, patch: 8, image: 16, embedding: 32, activation: 'gelu', norm_epsilon: 1e-5, storage: 'q8' };
  tower.configure({ sizes, tasks: 2, views: 1, threads: 1 });
  tower.trainer.configure({ firstBlock: 1, targets: ['query', 'key', 'value'], rank: 12, slots: 1, pictures: 4, items: 4, outputs: 3 });
  const lora = 3 * 3 * (16 * 64 + 64 * 16); // three blocks, three layers, A and B of a rank that is padded to 16
  assert.equal(tower.trainer.traitBytes, 4 * (lora + 8 * 32 + 8)); // and a head of outputs that are padded to 8
});
