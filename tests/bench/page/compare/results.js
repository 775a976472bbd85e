/** What was measured: sentences, a table of places, a table of everything. */
import { failures, peakLine, raceRows, raceText, raceTitle, withSpread } from '../measure/table.js';
import { times, verdicts } from '../measure/verdict.js';
import { workOf } from '../measure/work.js';
import { element, table } from './elements.js';

/** Percept's time beside another's. */
function beside(percept, entry) {
  const ratio = entry.time.median / percept.time.median;
  return ratio >= 1 ? `Percept is ${times(ratio)} as fast` : `${times(1 / ratio)} as fast as Percept`;
}

/** A runtime's cell at a place: words, or words and a note. */
function cell(entries, of, place, { absent, missing }) {
  const entry = entries.find((each) => each.of === of && each.place === place);
  if (place === 'graphics' && of === 'Percept') return 'Percept has no WebGPU';
  if (place === 'graphics' && missing) return missing;
  if (!entry) return absent.includes(of) ? 'not fetched' : 'not chosen';
  if (entry.failed) return 'did not run';
  return of === 'Percept' ? withSpread(entry.time) : [withSpread(entry.time), beside(entries[0], entry)];
}

const PLACES = /** @type {const} */ (['processor', 'graphics']);

/** Where each library computes, and how fast. @param {{absent: string[], missing: string | null}} here what this server and this browser lack */
function placeRows({ entries }, libraries, here) {
  return {
    head: ['Runtime', 'Processor, ms', 'Graphics card (WebGPU), ms'],
    rows: libraries.map((of) => [of, ...PLACES.map((place) => cell(entries, of, place, here))]),
  };
}

/** @param {object} race @param {{libraries: string[], sizes: object, here: {absent: string[], missing: string | null}}} about */
export function showRace(race, { libraries, sizes, here }) {
  const number = document.querySelectorAll('.race').length + 1;
  const id = `race-${number}`;
  const reasons = failures(race);
  const section = element(
    'section', { className: 'race' },
    element('h3', { id }, `${number}: ${raceTitle(race)}`),
    ...verdicts(race).map((sentence) => element('p', { className: /void|cannot show/.test(sentence) ? 'void' : 'verdict' }, sentence)),
    table(`Measurement ${number}: milliseconds, median ± spread`, placeRows(race, libraries, here)),
    ...(reasons.length > 0 ? [element('ul', {}, ...reasons.map((reason) => element('li', {}, reason)))] : []),
    element('details', {}, element('summary', {}, 'Everything that was measured'), table(`Measurement ${number}: each runtime`, raceRows(race, workOf(sizes))), element('p', {}, `${peakLine(race)}.`)),
  );
  section.setAttribute('aria-labelledby', id);
  return section;
}

/** For copying: the browser's facts, then each race. @param {{facts: [string, string][], races: {race: object, sizes: object}[]}} all */
export function asText({ facts, races }) {
  return [
    ...facts.map(([name, words]) => `${name}: ${words}`), '',
    ...races.map(({ race, sizes }) => `${race.date}\n${raceText(race, workOf(sizes))}\n`),
  ].join('\n');
}
