/** People's labels, one for each picture and rater: put together and compared. Pure. */
import { mean } from '../lib/shared/statistics.js';
import { agreementOfAnswers, agreementOfNumbers } from '../lib/teach/raters.js';

/** @import {Label} from '../lib/shared/judgement-rows.js' */

/** @param {Label[]} labels @returns {Map<string, Map<string, string>>} by picture, then by rater */
export function byPicture(labels) {
  const pictures = new Map();
  for (const { picture, label, rater } of labels) {
    const given = pictures.get(picture) ?? new Map();
    pictures.set(picture, given.set(rater, label));
  }
  return pictures;
}

/**
 * What people together say of a picture: the mean, or the class that most chose (of equals the first).
 * @param {Map<string, string>} given by rater @param {boolean} areNumbers
 */
export function consensus(given, areNumbers) {
  const values = [...given.values()];
  if (areNumbers) return mean(values.map(Number));
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((best, each) => (each[1] > best[1] ? each : best))[0];
}

/** Each picture's answers by rater. @param {Label[]} given @param {boolean} areNumbers others are passed over then */
const answersIn = (given, areNumbers) => [...byPicture(areNumbers ? given.filter(({ label }) => Number.isFinite(Number(label))) : given).values()];

/** How many pictures more than one judged. @param {Label[]} given @param {boolean} areNumbers */
export const sharedCount = (given, areNumbers) => answersIn(given, areNumbers).filter(({ size }) => size > 1).length;

/**
 * How far raters agree with one another, the ceiling for any model: in correlation, or in the share of equal labels. Where numbers
 * are wanted, other labels are passed over.
 * @param {Label[]} given @param {boolean} areNumbers
 * @returns {{value: number, raters: number} | null} null where there is too little to compare
 */
export function agreementOfRaters(given, areNumbers) {
  const pictures = answersIn(given, areNumbers).map((own) => [...own]);
  return areNumbers
    ? agreementOfNumbers(pictures.map((own) => new Map(own.map(([rater, label]) => [rater, Number(label)]))))
    : agreementOfAnswers(pictures.map((own) => own.map(([rater, answer]) => ({ rater, answer }))));
}
