#!/usr/bin/env node
/**
 * Writes a model's vectors.json: the bits that it computes for some pictures, which anyone may verify (score.mjs
 * --self-test, the page's button, the tests). The reference build computes them, whose scalar code is the specification.
 *
 *   node build_scripts/vectors.mjs MODEL_FOLDER PICTURES_FOLDER [PICTURE…]     default: all pictures of the folder
 */
import { createHash } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Scorer } from '../web/lib/percept.js';
import { isDecodedName } from '../web/lib/shared/picture-names.js';
import { bitsOf } from '../web/lib/weights/vectors.js';

export async function makeVectors(model, folder, names) {
  const scorer = await Scorer.load(model, { variant: 'reference' });
  try {
    const pictures = [];
    for (const file of names) {
      const bytes = await readFile(join(folder, file));
      const result = await scorer.score(new Blob([bytes]), { embedding: true });
      pictures.push({ file, sha256: createHash('sha256').update(bytes).digest('hex'), ...bitsOf(result, scorer.tasks) });
    }
    return { format: 'percept-vectors', version: 1, model: scorer.manifest.name, pictures };
  } finally {
    scorer.dispose();
  }
}

if (process.argv[1] === import.meta.filename) {
  const [model, folder, ...given] = process.argv.slice(2);
  if (!model || !folder) {
    process.stderr.write('usage: node build_scripts/vectors.mjs MODEL_FOLDER PICTURES_FOLDER [PICTURE…]\n');
    process.exit(2);
  }
  const names = given.length > 0 ? given : (await readdir(folder)).filter(isDecodedName).sort();
  await writeFile(join(model, 'vectors.json'), `${JSON.stringify(await makeVectors(model, folder, names), null, 1)}\n`);
}
