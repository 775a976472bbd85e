/** A model's embeddings of a case's seeded views through the library, as a page loads it. */
import { Scorer } from '../../web/lib/percept.js';
import { syntheticView } from '../golden/generator.mjs';

/** A view as the pixels of a picture, which resizing to its own size leaves alone. */
function asPixels(view, size) {
  const data = new Uint8ClampedArray(size * size * 4).fill(255);
  for (let pixel = 0; pixel < size * size; pixel++) data.set(view.subarray(pixel * 3, pixel * 3 + 3), pixel * 4);
  return { width: size, height: size, data };
}

/**
 * @param {string} folder a model
 * @param {{sizes: {image: number}, views: {count: number, seed: number}}} testCase of tower.json
 * @returns {Promise<Float32Array[]>} one for each view
 */
export async function embedViews(folder, { sizes: { image }, views }) {
  const scorer = await Scorer.load(folder, { threads: 1 });
  try {
    const embeddings = [];
    for (let index = 0; index < views.count; index++) {
      const { embedding } = await scorer.embed(asPixels(syntheticView(image, views.seed, index), image));
      embeddings.push(embedding);
    }
    return embeddings;
  } finally {
    scorer.dispose();
  }
}
