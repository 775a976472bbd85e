#!/usr/bin/env node
/** Scores pictures in Node: node score.mjs MODEL PICTURE… prints a line of JSON for each. */
import { PerceptError, Scorer } from 'percept';

const [model, ...pictures] = process.argv.slice(2);
const scorer = await Scorer.load(model);
for (const picture of pictures) {
  try {
    const { scores } = await scorer.score(picture);
    console.log(JSON.stringify({ picture, scores: Object.fromEntries(Object.entries(scores).map(([id, { value, label }]) => [id, value ?? label])) }));
  } catch (error) {
    if (!(error instanceof PerceptError)) throw error;
    console.log(JSON.stringify({ picture, error: error.code }));
    process.exitCode = 1;
  }
}
scorer.dispose();
