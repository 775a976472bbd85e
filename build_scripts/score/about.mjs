/** A model's card as text: what each number means, what it was trained on, what it is not for. */
import { formOf } from '../../web/lib/shared/kinds.js';
import { printable, printableLine } from '../printable.mjs';

/** A text, in English where there are several languages; a list becomes lines. */
function english(text) {
  if (Array.isArray(text)) return text.map(english).join('\n');
  return typeof text === 'object' && text !== null ? text.en ?? Object.values(text)[0] : String(text);
}

function topics(about = {}, indent) {
  return Object.entries(about).map(([topic, text]) => {
    const lines = english(text).split('\n').join(`\n${indent}    `);
    return `${indent}${topic.replaceAll('_', ' ')}: ${lines}\n`;
  }).join('');
}

/** How often pictures of a sort are told to be unlike those that the model learnt from. */
function unfamiliarLines({ threshold, unfamiliar } = { unfamiliar: [] }) {
  const line = ({ name, pictures, below }) => `    ${english(name)}: ${(100 * below).toFixed(1)} % of ${pictures}\n`;
  return unfamiliar.length === 0 ? '' : `  unlike what it learnt from (familiarity below ${threshold}):\n${unfamiliar.map(line).join('')}`;
}

/**
 * @param {object} manifest
 * @param {object[]} tasks those to tell about
 * @returns {string}
 */
export function describeModel({ name, license, about, tower, familiarity }, tasks) {
  const head = `${printableLine(name)}: a vision transformer of ${tower.layers} layers and width ${tower.width}, stored as ${tower.storage}\n`
    + `  licence: ${printableLine(license ?? 'none stated')}\n${topics(about, '  ')}${unfamiliarLines(familiarity)}`;
  const cards = tasks.map((task) => `\n${printableLine(`${task.id}: ${english(task.title)}, ${formOf(task).meaning(task.output, english)}`)}\n`
    + `${task.license ? `  licence: ${printableLine(task.license)}\n` : ''}${topics(task.about, '  ')}`);
  return printable(head + cards.join(''));
}
