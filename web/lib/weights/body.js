/** Bytes that come at once, at most, where the browser lets us bring the memory for them. */
const PART_BYTES = 1 << 18;

/**
 * A response's body, part by part. All parts come in the same memory where the stream can do that: a new buffer for each
 * would cost more than the copy out of this one, since its pages are touched for the first time.
 */
export class BodyReader {
  #reader;
  #filler;
  #memory = new ArrayBuffer(0);

  /** @param {ReadableStream<Uint8Array> | null} body null: of a response that has none */
  constructor(body) {
    this.#filler = byteReader(body);
    this.#reader = this.#filler ? null : body?.getReader() ?? null;
    if (this.#filler) this.#memory = new ArrayBuffer(PART_BYTES);
  }

  /** The next bytes, which live until the next call; null at the end. @returns {Promise<Uint8Array | null>} */
  async read() {
    if (this.#filler) return this.#fill(this.#filler);
    const { value = null } = await this.#reader?.read() ?? {};
    return value;
  }

  /** @param {ReadableStreamBYOBReader} filler */
  async #fill(filler) {
    const { done, value } = await filler.read(new Uint8Array(this.#memory));
    if (done) return null;
    this.#memory = value.buffer;
    return value;
  }

  /** Gives up what has not come. */
  cancel() {
    (this.#filler ?? this.#reader)?.cancel().catch(() => {});
  }
}

/** Safari's bodies are not streams of bytes, which they say by throwing. @param {ReadableStream<Uint8Array> | null} body */
function byteReader(body) {
  try {
    return body?.getReader({ mode: 'byob' }) ?? null;
  } catch {
    return null;
  }
}
