/** score.mjs --self-test: whether this installation computes the published bits, on every build and number of threads. */
import { pathToFileURL } from 'node:url';
import { PerceptError, Scorer } from '../../web/lib/percept.js';
import { fetchVectors, selfTest } from '../../web/lib/weights/vectors.js';

const SAMPLES = new URL('../../web/samples/', import.meta.url);
const SETTINGS = [
  { variant: 'reference' },
  { variant: 'simd128', threads: 1 },
  { variant: 'simd128', threads: 2 },
  { variant: 'relaxed', threads: 1 },
  { variant: 'relaxed', threads: 3 },
];

/**
 * @param {string} model a folder, with vectors.json
 * @param {string} [pictures] the folder of its pictures; the samples' by default
 * @param {(text: string) => void} write
 * @returns {Promise<boolean>} whether all bits are the published ones
 */
export async function runSelfTest(model, pictures, write) {
  const folder = /^https?:/.test(model) ? new URL(model.endsWith('/') ? model : `${model}/`) : pathToFileURL(`${model}/`);
  const vectors = await fetchVectors(new URL('vectors.json', folder));
  const base = pictures ? pathToFileURL(`${pictures}/`) : SAMPLES;
  let right = true;
  for (const { variant, threads = 1 } of SETTINGS) {
    const name = `${variant}, ${threads} thread${threads === 1 ? '' : 's'}`.padEnd(20);
    let scorer;
    try {
      scorer = await Scorer.load(folder, { variant, threads });
    } catch (error) {
      if (!(error instanceof PerceptError) || !['variant-unavailable', 'build-rejected'].includes(error.code)) throw error;
      write(`${name} not here: ${error.message}\n`);
      continue;
    }
    const { numbers, problems } = await selfTest(scorer, vectors, { base }).finally(() => scorer.dispose());
    right &&= problems.length === 0;
    write(`${name} ${problems.length === 0 ? `${numbers} numbers of ${vectors.pictures.length} pictures have the published bits` : problems.join('\n  ')}\n`);
  }
  write(right ? 'This installation computes what was published.\n' : 'This installation is NOT right: fetch it anew, and if that does not help, report the lines above.\n');
  return right;
}
