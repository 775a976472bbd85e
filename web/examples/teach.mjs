#!/usr/bin/env node
/** Teaches a trait in Node: node teach.mjs MODEL JUDGED.json TRAIT, where JUDGED.json is {"a.jpg": 4, "b.jpg": 2, …}, from 1 to 5. */
import { readFile, writeFile } from 'node:fs/promises';
import { Scorer } from 'percept';

const [model, judged, file] = process.argv.slice(2);
const judgements = Object.entries(JSON.parse(await readFile(judged, 'utf8')));
const scorer = await Scorer.load(model);

// Looked at one by one, a picture that cannot be read costs only itself.
const [pictures, labels] = [[], []];
for (const [name, label] of judgements) {
  const features = await scorer.features(name).catch((error) => console.error(`${name}: ${error.message}`));
  if (features) labels.push({ picture: pictures.push({ name, features }) - 1, label });
}

// It scores at once, beside the model's own tasks. What held_out says is of pictures that the fit had not seen.
const trait = await scorer.teach({ id: 'cover', title: 'Good for the cover', kind: 'score', scale: [1, 5], pictures, labels });
const { pictures: count, held_out: heldOut, kept } = trait.evidence;
console.log(JSON.stringify({ pictures: count, agreement: heldOut[kept] }));

// `scorer.addTask(file)` takes it wherever the same model is; so do the page, the component and score.mjs --trait.
await writeFile(file, await trait.toFile());
scorer.dispose();
