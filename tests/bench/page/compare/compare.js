/** The page of comparison: choose, see what it costs, measure, read, copy. */
import { graphicsRuntimes, LITERT, ONNXRUNTIME, PERCEPT } from '../measure/runtimes.js';
import { plural } from '../measure/table.js';
import { CALM, STEADY, verdicts } from '../measure/verdict.js';
import { element, terms } from './elements.js';
import { findCard } from './graphics.js';
import { bytesOf, costOf } from './plan.js';
import { asText, showRace } from './results.js';
import { measure, peakNow } from './run.js';

const part = (id) => document.getElementById(id);
const chosen = (name) => [...document.querySelectorAll(`input[name="${name}"]:checked`)].map(({ value }) => value);

/** What the page knows: of the server, of the browser, and what it has measured. */
const state = { setup: null, card: null, peak: null, facts: [], races: [], running: null };

const PROCESSOR_PEERS = [ONNXRUNTIME, LITERT];
const graphicsPeers = () => graphicsRuntimes(state.card);
const LIBRARIES = [PERCEPT, ...PROCESSOR_PEERS].map(({ of }) => of);

/** Libraries whose code this server does not have. */
const absentLibraries = () => PROCESSOR_PEERS.filter((runtime) => runtime.code(1).some((address) => !state.setup.bytes[address])).map(({ of }) => of);

const model = () => state.setup.models.find(({ name }) => name === chosen('model')[0]);

/** What the visitor wishes: a Measurement of run.js. */
function wishes() {
  const names = [...chosen('processor'), ...chosen('graphics')];
  return {
    runtimes: [PERCEPT, ...[...PROCESSOR_PEERS, ...graphicsPeers()].filter(({ name }) => names.includes(name))],
    model: model(),
    threads: Number(part('threads').value),
    views: Number(part('views').value),
    rounds: Number(part('rounds').value),
  };
}

function showCost() {
  const { runtimes, ...rest } = wishes();
  part('cost').textContent = costOf(runtimes, { ...rest, setup: state.setup, peak: state.peak });
}

function offerModels() {
  const labels = state.setup.models.map(({ name }, index) => element(
    'label', {}, element('input', { type: 'radio', name: 'model', value: name, checked: index === 0 }), ` ViT-${name}`,
  ));
  part('models').replaceChildren(...labels);
}

function offerThreads() {
  const most = crossOriginIsolated ? navigator.hardwareConcurrency : 1;
  const counts = [...new Set([1, 2, 4, 8, Math.min(most, 16)])].filter((count) => count <= most).sort((a, b) => a - b);
  part('threads').replaceChildren(...counts.map((count) => element('option', { value: count }, String(count))));
  part('threads-note').textContent = crossOriginIsolated ? ''
    : 'One thread alone: threads need a page that is isolated from others, and this address is not. Open it at localhost or over https.';
}

/** A choice of runtimes, each with why it cannot be chosen. @param {string} place */
function offerRuntimes(place, runtimes, missing) {
  const labels = runtimes.map((runtime) => {
    const here = state.setup.models.some((each) => bytesOf(runtime, state.setup, each, 1) !== null);
    const why = missing ?? (here ? '' : 'not fetched: start this page again with make bench-page where the package registry can be reached');
    const input = element('input', { type: 'checkbox', name: place, value: runtime.name, checked: !why, disabled: why !== '' });
    return element('label', {}, input, ` ${runtime.title}`, ...(why ? [element('span', { className: 'note' }, ` (${why})`)] : []));
  });
  part(place).replaceChildren(...labels);
}

/** The browser as its user agent names it. */
function browserName() {
  const brands = navigator.userAgentData?.brands?.filter(({ brand }) => !/not/i.test(brand)) ?? [];
  const known = brands.map(({ brand, version }) => `${brand} ${version}`).join(', ');
  return known ? `${known} (${navigator.userAgent})` : navigator.userAgent;
}

function learnFacts() {
  const { versions } = state.setup;
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version ?? 'not fetched'}`).join(', ');
  const peaks = Object.entries(state.peak).map(([way, speed]) => `${way} ${speed.toFixed(1)}`).join(', ');
  state.facts = [
    ['Browser', browserName()],
    ['Processor', `${plural(navigator.hardwareConcurrency, 'thread')} at once`],
    ['Cross-origin isolated', crossOriginIsolated ? 'yes' : 'no, so one thread'],
    ['Peak of one core at a first look', `${peaks} × 10⁹ int8 multiplications a second${'fused' in state.peak ? '' : '; no relaxed SIMD'}`],
    ['WebGPU', state.card.words],
    ['Versions', names],
  ];
  part('facts').replaceChildren(...terms(state.facts));
}

/** For screen readers; sighted people read it where it stands. */
function say(words) {
  part('said').textContent = words;
}

function tellTrouble(words) {
  part('trouble').textContent = words;
  part('trouble').hidden = words === '';
}

/** Only what makes sense now can be pressed. */
function become(running) {
  part('run').disabled = running;
  part('cancel').hidden = !running;
  part('progress').hidden = !running;
  for (const fields of part('wishes').querySelectorAll('fieldset, select')) fields.disabled = running;
}

/** A phone's screen that goes dark slows the page down. */
const keepAwake = () => navigator.wakeLock?.request('screen').catch(() => null) ?? null;

async function run() {
  const measurement = wishes();
  const here = { absent: absentLibraries(), missing: state.card.missing };
  state.running = new AbortController();
  tellTrouble('');
  become(true);
  part('cancel').focus();
  const awake = await keepAwake();
  try {
    const onStep = (words, done) => {
      part('step').textContent = words;
      part('bar').value = done;
      if (!/^Round ([2-9]|1\d|2\d)/.test(words)) say(words);
    };
    const measured = await measure(measurement, { signal: state.running.signal, onStep });
    const race = { ...measured, date: new Date().toISOString(), browser: browserName(), imitation: state.card.imitation };
    state.races.push({ race, sizes: measurement.model.sizes });
    part('races').prepend(showRace(race, { libraries: LIBRARIES, sizes: measurement.model.sizes, here }));
    part('results').hidden = false;
    part('measured').focus();
    say(verdicts(race).join(' '));
  } catch (error) {
    if (state.running.signal.aborted) say('Cancelled.');
    else tellTrouble(`It did not work: ${error.message.split('\n')[0]}`);
    part('run').disabled = false;
    part('run').focus();
  } finally {
    await awake?.release();
    become(false);
  }
}

/** Where the browser lets no page copy, the text is shown, selected. */
async function copy(text, button) {
  part('copied-label').hidden = true;
  try {
    await navigator.clipboard.writeText(text);
    say('Copied.');
    button.textContent = `${button.textContent.replace(/: copied$/, '')}: copied`;
  } catch {
    part('copied').value = text;
    part('copied-label').hidden = false;
    part('copied').select();
  }
}

const asJson = ({ facts, races, setup }) => JSON.stringify({ facts: Object.fromEntries(facts), versions: setup.versions, races: races.map(({ race }) => race) }, null, 1);

async function begin() {
  part('steady').textContent = `${100 * STEADY} %`;
  part('calm').textContent = `${100 * CALM} %`;
  [state.setup, state.card, state.peak] = await Promise.all([fetch('../setup.json').then((answer) => answer.json()), findCard(), peakNow()]);
  learnFacts();
  offerModels();
  offerThreads();
  offerRuntimes('processor', PROCESSOR_PEERS, null);
  offerRuntimes('graphics', graphicsPeers(), state.card.missing);
  showCost();
  part('wishes').addEventListener('change', showCost);
  part('wishes').addEventListener('submit', (event) => {
    event.preventDefault();
    run();
  });
  part('cancel').addEventListener('click', () => state.running.abort());
  part('copy-text').addEventListener('click', ({ target }) => copy(asText(state), target));
  part('copy-json').addEventListener('click', ({ target }) => copy(asJson(state), target));
  part('run').disabled = false;
}

begin().catch((error) => tellTrouble(`This browser cannot measure: ${error.message}`));
