/** Bytes that come at once, at most, where the browser lets us bring the memory for them. */
const PART_BYTES = 1 << 18;

/**
 * A response's body, part by part. All parts come in the same memory where the stream can do that: a new buffer for each
 * would cost more than the copy out of this one, since its pages are touched for the first time.
 */
export class BodyReader {
  #reader;
  #memory = null;

  /** @param {ReadableStream<Uint8Array> | null} body null: of a response that has none */
  constructor(body) {
    this.#reader = byteReader(body) ?? body?.getReader() ?? null;
    if (this.#reader instanceof globalThis.ReadableStreamBYOBReader) this.#memory = new ArrayBuffer(PART_BYTES);
  }

  /** The next bytes, which live until the next call; null at the end. @returns {Promise<Uint8Array | null>} */
  async read() {
    if (this.#reader === null) return null;
    const { done, value } = await (this.#memory ? this.#reader.read(new Uint8Array(this.#memory)) : this.#reader.read());
    if (done) return null;
    if (this.#memory) this.#memory = value.buffer;
    return value;
  }

  /** Gives up what has not come. */
  cancel() {
    this.#reader?.cancel().catch(() => {});
  }
}

/** Safari's bodies are not streams of bytes, which they say by throwing. */
function byteReader(body) {
  try {
    return body?.getReader({ mode: 'byob' });
  } catch {
    return undefined;
  }
}
