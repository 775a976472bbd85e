/** Every sentence that the element writes itself, in English and Japanese, and how its numbers are written. */

/** @import {ErrorCode, Localized} from '../lib/percept.js' */

/** @param {number} bytes */
const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

/** @typedef {(title: string, value: string, limit: number) => string} Refusal */

const ENGLISH = {
  invitation: 'Drop a picture here',
  choose: 'Choose a picture',
  another: 'Choose another',
  cancel: 'Cancel',
  remove: 'Remove',
  retry: 'Try again',
  pasted: 'Picture',
  /** @param {string} name */
  firstOnly: (name) => `One picture at a time: this is ${name}.`,
  starting: 'Starting the engine',
  /** @param {number} loaded @param {number} total bytes */
  downloading: (loaded, total) => `Fetching the model: ${megabytes(loaded)} of ${megabytes(total)} MB`,
  waiting: 'Waiting',
  decoding: 'Reading the picture',
  /** @param {number} done @param {number} total views */
  computing: (done, total) => (total > 1 ? `Looking: ${done} of ${total} views` : 'Looking'),
  missing: 'Choose a picture.',
  busy: 'The picture is still being scored. Wait a moment.',
  noModel: 'There is no model: the attribute src is missing.',
  /** @type {Refusal} */
  tooLow: (title, value, limit) => `${title} is ${value}. At least ${limit} is asked for.`,
  /** @type {Refusal} */
  tooHigh: (title, value, limit) => `${title} is ${value}. At most ${limit} is asked for.`,
  /** @param {number} limit */
  atLeast: (limit) => `at least ${limit}`,
  /** @param {number} limit */
  atMost: (limit) => `at most ${limit}`,
  refusal: 'Please choose another picture.',
  /** @param {string} value @param {number} low @param {number} high */
  ofRange: (value, low, high) => `${value} on a scale from ${low} to ${high}`,
  standardError: 'standard error over the views of the picture',
  /** @param {number} count */
  numbers: (count) => `${count} numbers`,
  /** @param {string} title @param {string} text */
  summary: (title, text) => `${title} ${text}`,
  /** @param {string[]} summaries */
  scored: (summaries) => `${summaries.join(', ')}.`,
  /** @param {string[]} all */
  sentences: (all) => all.join(' '),
  /** @param {{code: ErrorCode, message: string}} error */
  failed: ({ message }) => message,
};

/** @type {typeof ENGLISH} */
const JAPANESE = {
  invitation: 'ここに画像をドロップ',
  choose: '画像を選ぶ',
  another: '別の画像を選ぶ',
  cancel: '中止',
  remove: '取り除く',
  retry: 'もう一度試す',
  pasted: '画像',
  firstOnly: (name) => `一度に採点できるのは 1 枚です。${name} を採点します。`,
  starting: 'エンジンを起動しています',
  downloading: (loaded, total) => `モデルを取得しています：${megabytes(total)} MB 中 ${megabytes(loaded)} MB`,
  waiting: '待機中',
  decoding: '画像を読み込んでいます',
  computing: (done, total) => (total > 1 ? `採点しています：${total} 枚の切り出しのうち ${done} 枚` : '採点しています'),
  missing: '画像を選んでください。',
  busy: '画像を採点しています。しばらくお待ちください。',
  noModel: 'モデルがありません。src 属性を指定してください。',
  tooLow: (title, value, limit) => `「${title}」は ${value} です。${limit} 以上が必要です。`,
  tooHigh: (title, value, limit) => `「${title}」は ${value} です。${limit} 以下が必要です。`,
  atLeast: (limit) => `${limit} 以上`,
  atMost: (limit) => `${limit} 以下`,
  refusal: '別の画像を選んでください。',
  ofRange: (value, low, high) => `${value}（${low} から ${high} まで）`,
  standardError: '切り出しごとの採点から求めた標準誤差',
  numbers: (count) => `${count} 個の数値`,
  summary: (title, text) => `${title} ${text}`,
  scored: (summaries) => `${summaries.join('、')}。`,
  sentences: (all) => all.join(''),
  failed: ({ code, message }) => JAPANESE_FAILURES[code] ?? `採点できませんでした（${code}）。${message}`,
};

/** What happens to people who use a page; the other codes are the developer's, whose sentence is the error's own. */
/** @type {Partial<Record<ErrorCode, string>>} */
const JAPANESE_FAILURES = {
  'unreadable-picture': '画像を読み取れませんでした。ファイルが移動または変更されていないか確認してください。',
  'unsupported-format': 'この形式のファイルは採点できません。JPEG や PNG の画像を選んでください。',
  'corrupt-picture': '画像が壊れているか、このブラウザでは開けません。別の画像を選んでください。',
  'picture-too-large': '画像が大きすぎます。小さくしてからもう一度お試しください。',
  network: 'モデルを取得できませんでした。接続を確認して、もう一度お試しください。',
  'not-found': 'モデルが見つかりません。ページの管理者に連絡してください。',
  'weights-corrupt': 'モデルのファイルが壊れています。ページを再読み込みしてください。',
  'out-of-memory': 'メモリが足りません。ほかのタブを閉じてから、もう一度お試しください。',
  'no-simd': 'このブラウザは WebAssembly SIMD に対応していません。ブラウザを更新してください。',
  'engine-unreachable': 'エンジンを取得できませんでした。ページの管理者に連絡してください。',
  'engine-trap': 'エンジンが停止しました。もう一度お試しください。',
  'worker-died': 'エンジンが停止しました。もう一度お試しください。',
};

/** @type {Record<string, typeof ENGLISH>} */
const TABLES = { en: ENGLISH, ja: JAPANESE };

/** The sentences for a language tag, English where we lack it. @param {string} language */
export function wordsFor(language) {
  return TABLES[language.toLowerCase().split('-')[0]] ?? ENGLISH;
}

/**
 * The language around an element: the nearest `lang`, through shadow roots, else the browser's.
 * @param {Element} element
 * @returns {string}
 */
export function languageOf(element) {
  /** @type {Element | undefined} */
  let at = element;
  for (; at; at = /** @type {Partial<ShadowRoot>} */ (at.getRootNode()).host) {
    const language = at.closest('[lang]')?.getAttribute('lang');
    if (language) return language;
  }
  return navigator.language;
}

/** The text for a language among those that a manifest has. @param {string | Localized} text @param {string} language */
export function localize(text, language) {
  if (typeof text === 'string') return text;
  const known = [language, language.split('-')[0], 'en', ...Object.keys(text)].find((each) => Object.hasOwn(text, each));
  return text[known ?? ''];
}

/** As many digits as the range can bear: two for 0 to 1, one for 0 to 10. @param {[number, number]} range */
function digitsFor([low, high]) {
  return Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(high - low)))));
}

/**
 * A score as text. Near a limit it gets the digits that tell the two apart: 0.496 is not "0.50", which a limit of 0.5
 * would have taken.
 * @param {number} value @param {[number, number]} range @param {number} [limit]
 */
export function formatScore(value, range, limit = value) {
  let digits = digitsFor(range);
  while (value !== limit && digits < 9 && value.toFixed(digits) === limit.toFixed(digits)) digits += 1;
  return value.toFixed(digits);
}

/**
 * One digit more than the score, so that a small error does not read as none.
 * @param {number} error @param {[number, number]} range
 */
export function formatError(error, range) {
  return `± ${error.toFixed(digitsFor(range) + 1)}`;
}

/** @param {number} share */
export function formatShare(share) {
  return `${Math.round(share * 100)} %`;
}
