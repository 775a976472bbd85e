/** What the rounds of a race say, and whether they say anything. */

/** The peak's quartiles may lie this far apart, as a share of its median; beyond, the processor's own speed moved too much. */
export const STEADY = 0.1;
/** The same for a runtime's times. The peak is the fastest of short calls, which another program's turns may miss. */
export const CALM = 0.25;

const percent = (share) => `${(100 * share).toFixed(0)} %`;

/** The processor's peak in a race, over the ways that a runtime may take. */
export function bestPeak(peak, ways = ['fused', 'pairs', 'words']) {
  return Math.max(...ways.filter((way) => peak[way]).map((way) => peak[way].median));
}

/** How far the peak moved between the rounds: the distance of its quartiles over its median. */
function movement(peak) {
  const [best] = Object.values(peak).sort((a, b) => b.median - a.median);
  return best ? apart(best) : 0;
}

/** The fastest of Percept's peers at a place, or undefined. @param {object[]} entries @param {'processor' | 'graphics'} place */
function fastestPeer(entries, place) {
  return entries.filter((entry) => entry.place === place && entry.of !== 'Percept' && entry.time)
    .sort((a, b) => a.time.median - b.time.median)[0];
}

/** A ratio with three digits or so. */
export const times = (ratio) => `${ratio.toFixed(ratio < 10 ? 2 : 0)} times`;

/** Percept and another: how many times as fast the faster is, in words. @param {string} [which] what to say of the other */
function comparedWith(percept, peer, which = '') {
  const ratio = peer.time.median / percept.time.median;
  const differ = Math.abs(peer.time.median - percept.time.median) > peer.time.spread + percept.time.spread;
  if (!differ) return `these rounds cannot tell Percept and ${peer.of}${which} apart`;
  return ratio > 1
    ? `Percept is ${times(ratio)} as fast as ${peer.of}${which}`
    : `${peer.of}${which} is ${times(1 / ratio)} as fast as Percept`;
}

const apart = ({ median, spread }) => (2 * spread) / median;

/** The noise of a race: why nobody should quote it. @returns {string[]} sentences, none for a quiet race */
export function voids({ entries, peak, rounds, hidden = false }) {
  const moved = movement(peak);
  const restless = Math.max(...entries.filter(({ time }) => time).map(({ time }) => apart(time)));
  return [
    ...(moved > STEADY ? [`The processor's own speed moved by ${percent(moved)} between rounds, more than ${percent(STEADY)}: the comparison is void.`] : []),
    ...(restless > CALM ? [`The times of a runtime lie ${percent(restless)} apart between rounds, more than ${percent(CALM)}: the comparison is void.`] : []),
    ...(rounds < 3 ? [`${rounds === 1 ? 'One round' : 'Two rounds'} cannot show how much the machine is disturbed.`] : []),
    ...(hidden ? ['The page was in the background for a while, where browsers slow pages down: the comparison is void.'] : []),
  ];
}

/**
 * What a race says, in sentences.
 * @param {object} race of runRounds, with `imitation` where a card is none
 * @returns {string[]}
 */
export function verdicts(race) {
  const [percept] = race.entries;
  const [processor, graphics] = ['processor', 'graphics'].map((place) => fastestPeer(race.entries, place));
  const which = race.entries.filter(({ place, time }) => place === 'processor' && time).length > 2 ? ' (the fastest of the others)' : '';
  return [
    processor ? `On the processor ${comparedWith(percept, processor, which)}.` : 'No other runtime ran on the processor.',
    ...(graphics ? [`With the peers on the graphics card (WebGPU), ${comparedWith(percept, graphics)}.`] : []),
    ...(graphics && race.imitation ? ['But this browser imitates the card on the processor, which says nothing of a real one.'] : []),
    ...voids(race),
  ];
}
