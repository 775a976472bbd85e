/** What training deeper would take, in words. Pure. */
import { formatMegabytes, formatSpan } from '../ui/formats.js';

/** @import {TeachingNeeds} from '../lib/percept.js' */
/** @import {Words} from '../ui/words.js' */

/** @param {TeachingNeeds} needs @param {Words} words */
export function needsWords({ bytes, fits, likely, seconds }, words) {
  const megabytes = formatMegabytes(bytes);
  if (!fits) return words.say('deeper.tooMuch', { megabytes });
  const [spanLikely, span] = [likely, seconds].map((each) => formatSpan(each * 1000, words));
  return words.say('deeper.needs', { likely: spanLikely, span, megabytes });
}
