/** Where every value of a model comes from that changes a score: tensors, a configuration, the recipe, or a family's publication. */

/** Places in a recipe and paths of files are called what they are; the rest says it itself. */
function nameSource(from) {
  if (from.startsWith('tasks[')) return `recipe: ${from}`;
  return /^(\/|[A-Za-z]:\\).*\.json( leaves .*)?$/.test(from) ? `config: ${from}` : from;
}

/**
 * The source of a value that a file leaves to the code that reads it.
 * @param {string} path
 * @param {string} who the class or library
 * @param {string[]} words that the file leaves out
 */
export function leftTo(path, who, words) {
  return `${path} leaves ${words.join(', ')} to ${who}`;
}

function line(what, value, from) {
  return { what, value: typeof value === 'string' ? value : JSON.stringify(value), from: nameSource(from) };
}

/** @param {import('./tower.mjs').TowerSource} source @returns {{what: string, value: string, from: string}[]} */
export function listTower({ sizes, origins, label, layout }) {
  return [line('layout', layout.id, label), ...Object.entries(sizes).map(([word, value]) => line(word, value, origins[word]))];
}

/** A module's scale as often as it occurs: most adapters have one. */
function scales(modules) {
  const counts = new Map();
  for (const { scale } of modules) counts.set(scale, (counts.get(scale) ?? 0) + 1);
  return [...counts].map(([scale, count]) => `${Number(scale.toPrecision(6))} on ${count} layers`).join(', ');
}

/** What makes numbers of the raw ones, without labels' and bands' texts. */
function withoutWords({ labels, bands, ...numbers }) {
  return { ...numbers, ...(labels && { labels: labels.length }) };
}

/** What leaves numbers as they are needs nobody to say it; the rest only the recipe can. */
function outputSource({ kind, from, to, clamp }) {
  if (kind === 'embedding') return 'the tower\'s own output';
  const isIdentity = kind === 'score' && !clamp && String(from) === String(to);
  return isIdentity ? 'the head\'s own output' : 'recipe: output';
}

/** @param {{entry: {preprocess: object}, origins: Record<string, string>}} known familiarity.mjs's */
export function listFamiliarity({ entry, origins }) {
  return Object.entries(entry.preprocess).map(([word, value]) => line(`familiarity: ${word}`, value, origins[word]));
}

/**
 * @param {{id: string, output: object}} task the recipe's
 * @param {object} entry the manifest's
 * @param {import('./adapter.mjs').AdapterSource | null} adapter
 * @param {import('./head.mjs').HeadSource | null} head
 * @param {Record<string, string>} from of the words of `preprocess`, of `head` and of `normalize`
 * @returns {{what: string, value: string, from: string}[]}
 */
export function listOrigins(task, { preprocess, normalize, output }, adapter, head, from) {
  const of = (what, value, origin) => line(`${task.id}: ${what}`, value, origin);
  return [
    ...Object.entries({ convert: 'before', ...preprocess }).map(([word, value]) => of(word, value, from[word])),
    ...(adapter ? [of('LoRA scale', scales(adapter.modules), adapter.scaleFrom)] : []),
    ...(head ? [of('head', head.describeChain(), from.head)] : []),
    of('normalize', normalize, from.normalize),
    of('output', withoutWords(output), outputSource(output)),
  ];
}
