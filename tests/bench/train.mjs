/**
 * How long a step of teaching takes beside the forward pass of the same views, in this Node:
 *
 *   node tests/bench/train.mjs [B/32|L/14] [build] [threads] [rounds]
 *
 * The weights are random codes: no kernel's time depends on them. Times are of a processor where one thread computes, so that the
 * machine's other work does not count, though it slows this a little; else of the clock.
 */
import { mix32 } from '../golden/generator.mjs';
import { TestTrainer } from '../support/trainer-harness.mjs';

const [model = 'B/32', build = 'simd128', threads = '1', rounds = '5'] = process.argv.slice(2);
const SIZES = {
  'B/32': { width: 768, layers: 12, heads: 12, mlp_width: 3072, patch: 32, image: 224, embedding: 512 },
  'L/14': { width: 1024, layers: 24, heads: 16, mlp_width: 4096, patch: 14, image: 224, embedding: 768 },
};
const sizes = SIZES[model];
const GROUP = 256;
const ATTENTION = ['q_proj', 'k_proj', 'v_proj'];
const EVERYWHERE = [...ATTENTION, 'out_proj', 'fc1', 'fc2'];
const DEPTHS = [
  { name: 'LoRA of rank 16 on query, key and value, all blocks', first_block: 0, targets: ATTENTION, rank: 16 },
  { name: 'LoRA of rank 8 everywhere, all blocks', first_block: 0, targets: EVERYWHERE, rank: 8 },
  { name: 'LoRA of rank 8 everywhere, last quarter, prefix kept', first_block: sizes.layers * 0.75, targets: EVERYWHERE, rank: 8 },
];

const constant = (count, value) => new Uint8Array(new Float32Array(count).fill(value).buffer);

/** A q8 layer's tensors: [name, dtype, shape, bytes]. */
function layer(name, out, inputs, blocks, hasBias) {
  const panels = Math.ceil(out / 8);
  const block = Math.ceil(inputs / blocks / 4) * 4;
  const codes = Uint8Array.from({ length: panels * 8 * blocks * block }, (_, i) => 1 + ((mix32(5, i) >>> 0) % 127));
  const tensors = [
    [`${name}.codes`, 'U8', [panels, blocks, block / 4, 8, 4], codes],
    [`${name}.scales`, 'F32', [panels, blocks, 8], constant(panels * blocks * 8, 1 / (36 * Math.sqrt(inputs)))],
    [`${name}.sums`, 'I32', [panels, blocks, 8], new Uint8Array(panels * blocks * 32)],
  ];
  return hasBias ? [...tensors, [`${name}.bias`, 'F32', [panels * 8], constant(panels * 8, 0)]] : tensors;
}

function* tensorsOf({ width, layers, mlp_width: mlpWidth, patch, image, embedding }) {
  const norm = (name) => [[`${name}.weight`, 'F32', [width], constant(width, 1)], [`${name}.bias`, 'F32', [width], constant(width, 0)]];
  const tokens = 1 + (image / patch) ** 2;
  yield ['embeddings.class', 'F32', [width], constant(width, 0.1)];
  yield ['embeddings.position', 'F32', [tokens, width], constant(tokens * width, 0.1)];
  yield* layer('embeddings.patch', width, 3 * patch * patch, 3, false);
  yield* norm('pre_norm');
  const qkv = layer('qkv', 3 * width, width, width / GROUP, true);
  const out = layer('out', width, width, width / GROUP, true);
  const fc1 = layer('fc1', mlpWidth, width, width / GROUP, true);
  const fc2 = layer('fc2', width, mlpWidth, mlpWidth / GROUP, true);
  const named = (prefix, tensors) => tensors.map(([name, ...rest]) => [prefix + name, ...rest]);
  for (let i = 0; i < layers; i += 1) {
    const block = `blocks.${i}.`;
    yield* norm(`${block}norm1`);
    yield* norm(`${block}norm2`);
    yield* named(`${block}attention.`, [...qkv, ...out]);
    yield* named(`${block}mlp.`, [...fc1, ...fc2]);
  }
  yield* norm('post_norm');
  yield* layer('projection', embedding, width, width / GROUP, false);
}

/** In milliseconds. */
function now() {
  const processor = Number(threads) === 1 && process.threadCpuUsage?.();
  return processor ? (processor.user + processor.system) / 1000 : performance.now();
}

/** The least time of each of some runs, which take turns. */
function leastTimes(runs) {
  const best = Object.fromEntries(Object.keys(runs).map((name) => [name, Infinity]));
  for (let round = 0; round < Number(rounds); round += 1) {
    for (const [name, run] of Object.entries(runs)) {
      const start = now();
      run();
      best[name] = Math.min(best[name], now() - start);
    }
  }
  return best;
}

for (const { name, ...depth } of DEPTHS) {
  const spec = { ...depth, projection_rank: 0, normalize: false, head: { outputs: [256, 1], activations: ['relu', 'identity'] } };
  const trainer = await TestTrainer.of({ tower: { ...sizes, activation: 'quick_gelu', norm_epsilon: 1e-5 } }, spec, { build, slots: 1, threads: Number(threads) });
  for (const [tensor, dtype, shape, bytes] of tensorsOf(sizes)) trainer.bind(-1, tensor, { dtype, shape }, bytes);
  trainer.normalize();
  const { engine, train, tower, batch } = trainer;
  trainer.check(engine.train_seed(train, 1));
  trainer.check(engine.train_prefix(train, 0, batch));
  trainer.floatsAt(engine.train_input(train, 0), batch * engine.train_input_floats(train)).forEach((_, i, input) => { input[i] = (mix32(9, i) / 2 ** 31); });
  const item = { picture: 0, other: 0, target: 1, weight: 1 };
  const times = leastTimes({
    forward: () => trainer.check(engine.tower_forward(tower, -1, 0, batch)),
    adapted: () => trainer.check(engine.tower_forward(tower, 0, 0, batch)),
    step: () => {
      trainer.check(engine.train_begin(train, 1));
      trainer.check(engine.train_forward(train, 0, batch));
      trainer.putItems([item]);
      trainer.check(engine.train_loss(train, 0, 0, 1));
      trainer.check(engine.train_backward(train, 0, batch));
      trainer.update({ rate_A: 1e-5, rate_B: 1e-5, rate_head: 1e-5 });
    },
  });
  await trainer.stop();
  const { forward, adapted, step } = times;
  console.log(`${model} ${build}, ${threads} threads, ${batch} views; ${name}: forward ${forward.toFixed(1)} ms (${adapted.toFixed(1)} with LoRA), step ${step.toFixed(1)} ms, ${(step / forward).toFixed(2)} forward passes (${(step / adapted).toFixed(2)}); ${(trainer.bytes / 2 ** 20).toFixed(0)} MiB`);
}
