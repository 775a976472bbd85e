/** Small lessons on seeded pictures: colours and stripes, and judgements that follow from them. */
import { seededRandom } from '../../web/lib/shared/statistics.js';

/** A picture whose warmth (0 to 1) is known, beside noise that differs from one to the next. */
function picture(random, size) {
  const warmth = random();
  const data = new Uint8ClampedArray(size * size * 4);
  const stripes = 2 + Math.floor(random() * 9);
  const shade = random() * 160;
  const green = random() * 200;
  const across = random() < 0.5;
  for (let at = 0; at < size * size; at += 1) {
    const wave = Math.floor((across ? at % size : at / size) / size * stripes) % 2 ? shade : 0;
    data[4 * at] = 40 + 180 * warmth + random() * 30 - wave / 2;
    data[4 * at + 1] = green + random() * 30 + wave / 3;
    data[4 * at + 2] = 220 - 180 * warmth + random() * 30 - wave / 2;
    data[4 * at + 3] = 255;
  }
  return { warmth, across, source: { width: size, height: size, data } };
}

/** @param {number} count @returns {{warmth: number, across: boolean, source: object}[]} across: which way its stripes run */
export function warmPictures(count, { seed = 11, size = 72 } = {}) {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => picture(random, size));
}

export const starsOf = ({ warmth }) => 1 + Math.round(4 * warmth);

/** The lesson's `pictures`, looked at by this scorer. */
export async function lookedAt(scorer, pictures, options) {
  const features = [];
  for (const { source } of pictures) features.push(await scorer.features(source, options));
  return pictures.map(({ source }, at) => ({ name: `picture ${at}`, features: features[at], source }));
}

/** Each picture with the next few, the warmer one first. */
export function pairsOf(pictures, each = 4) {
  return pictures.flatMap(({ warmth }, at) => Array.from({ length: each }, (_, step) => {
    const other = (at + 1 + step * 5) % pictures.length;
    if (other === at) return null;
    return warmth > pictures[other].warmth ? { better: at, worse: other } : { better: other, worse: at };
  })).filter(Boolean);
}

/** A lesson of stars without features. @param {object} [changes] */
export function headLesson(changes = {}) {
  const warm = warmPictures(16);
  return {
    id: 'warmth', kind: 'score', pictures: warm.map(({ source }, at) => ({ name: `picture ${at}`, source })),
    labels: warm.slice(0, 14).map((one, picture) => ({ picture, label: starsOf(one) })), scale: [1, 5], ...changes,
  };
}

/** The same, an epoch deeper. */
export const deepLesson = () => headLesson({ id: 'deeper', depth: { last: 1 }, epochs: 1, folds: 2, rank: 4 });

/** What lessons come to: each file in base64, and the parts as text. @returns {Promise<{file: string, parts: Record<string, string>}[]>} */
export async function filesOf(scorer, lessons) {
  const files = [];
  for (const lesson of lessons) {
    const parts = {};
    const taught = await scorer.teach(lesson, { onPart: (name, bytes) => { parts[name] = new TextDecoder().decode(bytes); } });
    files.push({ file: btoa(String.fromCharCode(...await taught.toFile())), parts });
  }
  return files;
}
