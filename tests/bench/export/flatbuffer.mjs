/**
 * FlatBuffers (flatbuffers.dev/internals), written forwards: a table, then what it points at, so that offsets are
 * patched when their target's place is known. Long byte vectors come last, as blobs (blob.mjs).
 *
 * A value is a number of one of the scalar types, or an object made by one of the functions below. A table's fields
 * are given by their id; absent ones keep the schema's default.
 */
import { blobOf } from './blob.mjs';

const SCALARS = {
  i8: { size: 1, put: (view, at, value) => view.setInt8(at, value) },
  i32: { size: 4, put: (view, at, value) => view.setInt32(at, value, true) },
  u32: { size: 4, put: (view, at, value) => view.setUint32(at, value, true) },
  f32: { size: 4, put: (view, at, value) => view.setFloat32(at, value, true) },
};
const OFFSET_BYTES = 4;

/** @param {Record<number, [string, number] | object>} fields id to [scalar type, value], or to what is pointed at */
export const table = (fields) => ({ kind: 'table', fields });
/** @param {object[]} items tables or strings */
export const tables = (items) => ({ kind: 'tables', items });
/** @param {ArrayBufferView & {length: number, BYTES_PER_ELEMENT: number}} values */
export const vector = (values) => ({ kind: 'vector', values });
export const string = (value) => ({ kind: 'string', value });
/** A vector of bytes, whose first one lies at a multiple of `align` in the file. */
export const bytes = (blob, align) => ({ kind: 'bytes', blob, align });

class Writer {
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  #blobs = [];

  /** @returns {number} the place of `count` new zero bytes, so that `place + shift` is a multiple of `align` */
  #take(count, align, shift = 0) {
    const place = Math.ceil((this.#length + shift) / align) * align - shift;
    this.#length = place + count;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#length);
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return place;
  }

  #u16(at, value) {
    this.#view.setUint16(at, value, true);
  }

  #u32(at, value) {
    this.#view.setUint32(at, value, true);
  }

  /** Writes `target` and what it points at; the offset to it goes to `field`. */
  #point(field, target) {
    if (target.kind === 'bytes') this.#blobs.push({ field, ...target });
    else this.#u32(field, this.#write(target) - field);
  }

  #write(target) {
    if (target.kind === 'table') return this.#writeTable(target.fields);
    if (target.kind === 'tables') return this.#writeTables(target.items);
    const { values, ended } = target.kind === 'string'
      ? { values: new TextEncoder().encode(target.value), ended: 1 } : { values: target.values, ended: 0 };
    const place = this.#take(4 + values.byteLength + ended, Math.max(4, values.BYTES_PER_ELEMENT), 4);
    this.#u32(place, values.length);
    this.#bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), place + 4);
    return place;
  }

  #writeTables(items) {
    const place = this.#take(4 + OFFSET_BYTES * items.length, 4);
    this.#u32(place, items.length);
    items.forEach((item, index) => this.#point(place + 4 + OFFSET_BYTES * index, item));
    return place;
  }

  /** The vtable (its size, the table's, a place for each field), then the table, whose first word points back at it. */
  #writeTable(fields) {
    const ids = Object.keys(fields).map(Number);
    const slots = Math.max(-1, ...ids) + 1;
    const sizeOf = (id) => (Array.isArray(fields[id]) ? SCALARS[fields[id][0]].size : OFFSET_BYTES);
    const order = ids.sort((a, b) => sizeOf(b) - sizeOf(a));
    const size = OFFSET_BYTES + order.reduce((sum, id) => sum + sizeOf(id), 0);
    const layout = this.#take(4 + 2 * slots, 2);
    const place = this.#take(size, 4);
    this.#u16(layout, 4 + 2 * slots);
    this.#u16(layout + 2, size);
    this.#view.setInt32(place, place - layout, true);
    const pointers = [];
    let at = OFFSET_BYTES;
    for (const id of order) {
      this.#u16(layout + 4 + 2 * id, at);
      if (Array.isArray(fields[id])) SCALARS[fields[id][0]].put(this.#view, place + at, fields[id][1]);
      else pointers.push([place + at, fields[id]]);
      at += sizeOf(id);
    }
    for (const [field, target] of pointers) this.#point(field, target);
    return place;
  }

  /** @returns {import('./blob.mjs').Blob[]} */
  finish(root, identifier) {
    const start = this.#take(8, 4);
    this.#bytes.set(new TextEncoder().encode(identifier), 4);
    this.#point(start, root);
    const tail = [];
    let end = this.#length;
    for (const { field, blob, align } of this.#blobs) {
      const data = Math.ceil((end + 4) / align) * align;
      this.#u32(field, data - 4 - field);
      const head = new Uint8Array(data - end);
      new DataView(head.buffer).setUint32(head.length - 4, blob.length, true);
      tail.push(blobOf(head), blob);
      end = data + blob.length;
    }
    return [blobOf(this.#bytes.subarray(0, this.#length)), ...tail];
  }
}

/**
 * @param {object} root a table
 * @param {string} identifier four letters
 * @returns {import('./blob.mjs').Blob[]} the file
 */
export function flatBuffer(root, identifier) {
  return new Writer().finish(root, identifier);
}
