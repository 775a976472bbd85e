/** Every sentence that the page writes itself, in one table. */

const whole = new Intl.NumberFormat('en');
const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

const span = (seconds) => (seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`);

export const words = {
  starting: 'Starting the engine',
  loading: ({ phase, loaded, total, secondsLeft }) => ({
    starting: words.starting,
    downloading: words.downloading(loaded, total) + (secondsLeft > 1 ? `, about ${span(secondsLeft)} left` : ''),
    reading: `Reading the model from this device: ${megabytes(loaded)} of ${megabytes(total)} MB`,
    preparing: 'Preparing the model',
    ready: words.downloading(loaded, total),
  })[phase],
  downloading: (loaded, total) => `Fetching the model: ${megabytes(loaded)} of ${megabytes(total)} MB`,
  downloadingTask: (title, loaded, total) => `Fetching “${title}”: ${megabytes(loaded)} of ${megabytes(total)} MB`,
  storage: {
    title: 'On this device',
    page: 'This page is kept here and opens without the network.',
    offline: 'You are offline: what is kept here still works.',
    model: ({ kind, reason, fromNetwork }) => {
      if (kind === 'memory') return UNKEPT[reason];
      return fromNetwork === 0 ? 'The model was read from this device.' : 'The model was fetched, and is kept here for the next visit.';
    },
    size: (bytes, total, used) => `${bytes < total ? `${megabytes(bytes)} of ${megabytes(total)}` : megabytes(total)} MB, last used ${used.toLocaleDateString('en', { dateStyle: 'medium' })}`,
    delete: 'Delete',
    deleteModel: (name) => `Delete ${name} from this device`,
    deleted: (name) => `${name} was deleted from this device.`,
    newVersion: 'There is a new version of this page.',
    reload: 'Load it now',
  },
  modelFailed: (message) => `The model could not be loaded. ${message}`,
  retry: 'Try again',
  untrained: (text) => `This model is untrained: its scores mean nothing. ${text}`,
  waiting: 'Waiting',
  decoding: 'Reading the picture',
  computing: (done, total) => (total > 1 ? `Looking: ${done} of ${total} views` : 'Looking'),
  sample: 'Sample',
  pasted: 'Pasted picture',
  remove: (name) => `Remove ${name}`,
  notPicture: 'This is not a file.',
  pixels: (width, height) => `${whole.format(width)} × ${whole.format(height)} pixels`,
  milliseconds: (count) => `${whole.format(Math.round(count))} ms`,
  browserDecoded: 'decoded by the browser',
  ofRange: (value, low, high) => `${value} on a scale from ${low} to ${high}`,
  plusMinus: (error) => `± ${error}`,
  standardError: 'standard error over the views of the picture',
  percent: (share) => `${Math.round(share * 100)} %`,
  about: 'What this means',
  embedding: (count) => `${whole.format(count)} numbers`,
  scored: (name, results) => `${name}: ${results}.`,
  failed: (name, message) => `${name} could not be scored. ${message}`,
  engine: ({ build, threads, memory }) => [
    `Percept engine, ${BUILDS[build.replace('-shared', '')] ?? build}`,
    threads === 1 ? '1 thread' : `${threads} threads`,
    `${megabytes(memory)} MB of memory`,
  ].join(' · '),
};

/** Why a model is not kept, by the reason that the library tells. */
const UNKEPT = {
  absent: 'This browser keeps nothing for this page, so the model is fetched at each visit. A page on https can keep it.',
  refused: 'This browser lets the page keep nothing, so the model is fetched at each visit. In a private window that is meant so.',
  full: 'There is no room to keep the model, so it is fetched at each visit. Delete others below, or free some space.',
};

const BUILDS = { relaxed: 'relaxed SIMD', simd128: 'SIMD', reference: 'reference build' };

/** Names for the topics of a model's `about`. */
const TOPICS = {
  direction: 'Direction',
  trained_on: 'Trained on',
  not_for: 'Not for',
  how_well: 'How well it does',
  known_failures: 'Known failures',
};

export function topicTitle(topic) {
  return TOPICS[topic] ?? topic[0].toUpperCase() + topic.slice(1).replaceAll('_', ' ');
}

/** The text for this browser's language among those that a manifest has. */
export function localize(text) {
  if (typeof text === 'string') return text;
  const wanted = navigator.languages.flatMap((language) => [language, language.split('-')[0]]);
  const language = [...wanted, 'en', ...Object.keys(text)].find((each) => Object.hasOwn(text, each));
  return text[language];
}

/** As many digits as the range can bear: two for 0 to 1, one for 0 to 10. */
function digitsFor([low, high]) {
  return Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(high - low)))));
}

export function formatScore(value, range) {
  return value.toFixed(digitsFor(range));
}

/** One digit more than the score, so that a small error does not read as none. */
export function formatError(error, range) {
  return error.toFixed(digitsFor(range) + 1);
}
