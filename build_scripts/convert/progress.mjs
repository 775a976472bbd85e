/** Progress on stderr: one line that is rewritten on a terminal, a line every few seconds elsewhere. */
import { printable } from '../printable.mjs';

const TERMINAL_INTERVAL = 100; /* milliseconds */
const LOG_INTERVAL = 5000;

/**
 * @param {number} bytes
 * @returns {string} in MB of 10^6 bytes, as download pages count
 */
export function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 1)} MB`;
}

export class Progress {
  /**
   * @param {number} total bytes
   * @param {NodeJS.WriteStream | null} stream null for silence
   */
  constructor(total, stream) {
    this.total = total;
    this.stream = stream;
    this.done = 0;
    this.shown = false;
    this.last = Date.now();
  }

  /**
   * @param {number} bytes more
   * @param {string} what is being worked on
   */
  add(bytes, what) {
    this.done += bytes;
    if (!this.stream) return;
    const now = Date.now();
    if (now - this.last < (this.stream.isTTY ? TERMINAL_INTERVAL : LOG_INTERVAL)) return;
    this.last = now;
    this.shown = true;
    const percent = this.total > 0 ? Math.floor((100 * this.done) / this.total) : 0;
    const line = `${String(percent).padStart(3)} %  ${megabytes(this.done)} of ${megabytes(this.total)}  ${printable(what)}`;
    this.stream.write(this.stream.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
  }

  finish() {
    if (this.shown && this.stream.isTTY) this.stream.write('\r\x1b[K');
  }
}
