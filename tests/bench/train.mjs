/**
 * How long a step of teaching takes beside the forward pass, single-threaded, in this Node:
 *
 *   node tests/bench/train.mjs [q8|f32] [build] [rounds]
 */
import { readFile } from 'node:fs/promises';
import { TestTrainer, viewsOf } from '../support/trainer-harness.mjs';

const { cases } = JSON.parse(await readFile(new URL('../golden/gradients-b32.json', import.meta.url)));
const [outtype = 'q8', build = 'simd128', rounds = '5'] = process.argv.slice(2);

/** This thread's time on a processor, in milliseconds: other work on the machine does not count, but slows it a little. */
function processorTime() {
  const { user, system } = process.threadCpuUsage?.() ?? process.cpuUsage();
  return (user + system) / 1000;
}

/** The least time of some rounds. */
function least(run) {
  let best = Infinity;
  for (let round = 0; round < Number(rounds); round += 1) {
    const start = processorTime();
    run();
    best = Math.min(best, processorTime() - start);
  }
  return best;
}

for (const base of cases.filter(({ id }) => id !== 'b32-outliers')) {
  const spec = { ...base, pictures: [0, 1, 2, 3, 0, 1] };
  const trainer = await TestTrainer.load(spec, { outtype, build });
  trainer.check(trainer.engine.train_seed(trainer.train, 1));
  const { engine, train, tower } = trainer;
  const views = viewsOf(spec).slice(0, trainer.batch);
  const part = { slot: 0, start: 0, count: views.length };
  trainer.putPrefix(part, views);
  const begin = () => {
    trainer.check(engine.train_begin(train, 4));
    trainer.check(engine.train_forward(train, 0, part.count));
    trainer.putItems(spec.items.slice(0, 3));
    trainer.check(engine.train_loss(train, 0, 0, 3));
  };
  const times = {
    forward: least(() => trainer.check(engine.tower_forward(tower, -1, 0, part.count))),
    adapted: least(() => trainer.check(engine.tower_forward(tower, 0, 0, part.count))),
    prefix: least(() => trainer.check(engine.train_prefix(train, 0, part.count))),
    taught: least(begin),
    backward: least(() => trainer.check(engine.train_backward(train, 0, part.count))),
    update: least(() => {
      begin();
      trainer.check(engine.train_backward(train, 0, part.count));
      trainer.update();
    }),
  };
  const words = Object.entries(times).map(([name, time]) => `${name} ${time.toFixed(1)}`);
  console.log(`${spec.id} ${outtype} ${build}, ${part.count} views: ${words.join(', ')} ms; a step is ${(times.update / times.forward).toFixed(2)} forward passes (${(times.update / times.adapted).toFixed(2)} with the adapter); ${(trainer.bytes / 2 ** 20).toFixed(1)} MiB beside the state's ${(trainer.stateBytes / 2 ** 20).toFixed(1)}`);
}
