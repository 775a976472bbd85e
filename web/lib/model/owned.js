/** @import {Ahead, ReadViews, Source} from './types.d.ts' */
/** @typedef {{source?: Source, ahead?: Ahead | null, picture?: ReadViews['picture']}} Carrying a request or an answer, of which most carry nothing */

/** What of a request or an answer goes over without a copy: pixels, the scorer's own copy already, and views. @param {unknown} message @returns {Transferable[]} */
export function ownedBy(message) {
  const { source, ahead, picture = ahead?.picture } = /** @type {Carrying} */ (message ?? {});
  const pixels = source instanceof Object && 'data' in source ? [source.data.buffer] : [];
  return [...pixels, ...(picture?.views ?? []).map(({ bytes }) => bytes.buffer)];
}
