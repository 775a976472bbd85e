/** Every sentence that the page writes itself, in one table. */

const whole = new Intl.NumberFormat('en');
const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

export const words = {
  starting: 'Starting the engine',
  downloading: (loaded, total) => `Fetching the model: ${megabytes(loaded)} of ${megabytes(total)} MB`,
  downloadingTask: (title, loaded, total) => `Fetching “${title}”: ${megabytes(loaded)} of ${megabytes(total)} MB`,
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
