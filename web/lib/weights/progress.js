/** @import {Source, Standing} from './types.d.ts' */

/** Milliseconds over which the rate is measured. */
const WINDOW = 5000;
/** The rate is not told before so many of them: the first bytes come in a burst. */
const SHORTEST = 500;

/** How far a load has come: bytes from the network and from this device told apart, rate and remaining time. */
export class Progress {
  #total;
  #came = { network: 0, device: 0 };
  /** @type {{now: number, network: number}[]} */
  #samples = [];

  /** @param {number} total bytes, as the manifest says */
  constructor(total) {
    this.#total = total;
  }

  /** @param {number} bytes negative when they are thrown away @param {Source} from */
  add(bytes, from) {
    this.#came[from] += bytes;
  }

  /** What people are told: the LoadProgress of percept.d.ts, without its phase. @returns {Standing} */
  describe(now = performance.now()) {
    const { network, device } = this.#came;
    const loaded = network + device;
    const rate = this.#rate(now, network);
    return {
      loaded,
      total: this.#total,
      fromNetwork: network,
      fromDevice: device,
      bytesPerSecond: rate,
      secondsLeft: rate ? (this.#total - loaded) / rate : null,
    };
  }

  /**
   * Bytes from the network in a second, over the last seconds; null as long as it is not known.
   * @param {number} now @param {number} network
   */
  #rate(now, network) {
    this.#samples.push({ now, network });
    while (now - this.#samples[0].now > WINDOW) this.#samples.shift();
    const [first] = this.#samples;
    const time = now - first.now;
    return time < SHORTEST || network <= first.network ? null : (network - first.network) / time * 1000;
  }
}
