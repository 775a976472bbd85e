/**
 * An unpickler that executes nothing. A pickle is a program for a small stack machine; this one knows the
 * instructions that PyTorch's files are made of, and only names from a list that the caller gives may be
 * looked up. Everything else is refused by its name.
 *
 * Instructions: CPython's Lib/pickletools.py describes each one.
 */
import { ConvertError, BAD_FILE, UNSUPPORTED } from './errors.mjs';

/** What a global name stands for: never a function, only its name. */
export class PickledGlobal {
  constructor(name) {
    this.name = name;
  }
}

/** A class instance of a TorchScript archive: its attributes. */
export class PickledObject {
  constructor(className) {
    this.className = className;
    this.attributes = new Map();
  }
}

const MOST_STACK = 1_000_000;
const MARK = Symbol('mark');

class Machine {
  constructor(bytes, label, { resolve, construct, persistent }) {
    this.bytes = bytes;
    this.data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.label = label;
    this.resolve = resolve;
    this.construct = construct;
    this.persistent = persistent;
    this.at = 0;
    this.stack = [];
    this.memo = new Map();
  }

  bad(what) {
    return new ConvertError(BAD_FILE, `${this.label}: the pickle is damaged at byte ${this.at} (${what}); `
      + 'download or save the file again.');
  }

  skip(length) {
    const start = this.at;
    if (!(length >= 0 && start + length <= this.bytes.length)) throw this.bad('it is cut short');
    this.at += length;
    return start;
  }

  uint8() { return this.data.getUint8(this.skip(1)); }

  uint16() { return this.data.getUint16(this.skip(2), true); }

  int32() { return this.data.getInt32(this.skip(4), true); }

  uint32() { return this.data.getUint32(this.skip(4), true); }

  text(length) {
    const start = this.skip(length);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(this.bytes.subarray(start, start + length));
    } catch {
      throw this.bad('a text is no UTF-8');
    }
  }

  line() {
    const end = this.bytes.indexOf(10, this.at);
    if (end < 0) throw this.bad('a name does not end');
    const text = this.text(end - this.at);
    this.at = end + 1;
    return text;
  }

  /** A little-endian two's complement of up to 8 bytes, as LONG1 stores it. */
  long(length) {
    if (length > 8) throw this.bad('an integer is too long');
    const start = this.skip(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i -= 1) value = (value << 8n) | BigInt(this.bytes[start + i]);
    const signed = Number(length > 0 ? BigInt.asIntN(8 * length, value) : 0n);
    if (!Number.isSafeInteger(signed)) throw this.bad('an integer is too large');
    return signed;
  }

  push(value) {
    if (this.stack.length >= MOST_STACK) throw this.bad('its stack grows without end');
    this.stack.push(value);
  }

  pop() {
    if (this.stack.length === 0 || this.stack.at(-1) === MARK) throw this.bad('its stack is empty');
    return this.stack.pop();
  }

  top() {
    if (this.stack.length === 0 || this.stack.at(-1) === MARK) throw this.bad('its stack is empty');
    return this.stack.at(-1);
  }

  popToMark() {
    const mark = this.stack.lastIndexOf(MARK);
    if (mark < 0) throw this.bad('a mark is missing');
    const items = this.stack.splice(mark);
    return items.slice(1);
  }

  popTuple(count) {
    const items = [];
    for (let i = 0; i < count; i += 1) items.unshift(this.pop());
    this.push(items);
  }

  recall(index) {
    if (!this.memo.has(index)) throw this.bad('it recalls what it never stored');
    this.push(this.memo.get(index));
  }

  global(module, name) {
    if (typeof module !== 'string' || typeof name !== 'string') throw this.bad('a name is no text');
    const full = `${module}.${name}`;
    if (!this.resolve(full)) {
      throw new ConvertError(UNSUPPORTED, `${this.label} asks for the Python object ${full}, which is not needed for weights `
        + 'and is never run; if you trust its author, load it in PyTorch and save model.state_dict() alone, otherwise delete it.');
    }
    this.push(new PickledGlobal(full));
  }

  setItems(target, items) {
    if (!(target instanceof Map) || items.length % 2 !== 0) throw this.bad('items are set on what is no dictionary');
    for (let i = 0; i < items.length; i += 2) target.set(items[i], items[i + 1]);
  }

  appendItems(target, items) {
    if (!Array.isArray(target)) throw this.bad('items are appended to what is no list');
    for (const item of items) target.push(item);
  }

  call() {
    const args = this.pop();
    const callee = this.pop();
    if (!(callee instanceof PickledGlobal) || !Array.isArray(args)) throw this.bad('it calls what is no name');
    this.push(this.construct(callee.name, args));
  }

  /** An object's attributes; what is built upon a dictionary is its `_metadata`, which says nothing here. */
  build() {
    const state = this.pop();
    const target = this.top();
    if (target instanceof PickledObject) {
      if (!(state instanceof Map)) throw this.bad('an object has no dictionary of attributes');
      target.attributes = state;
    } else if (!(target instanceof Map)) throw this.bad('a state is set on what has none');
  }

  newObject() {
    const args = this.pop();
    const type = this.pop();
    if (!(type instanceof PickledGlobal) || !Array.isArray(args)) throw this.bad('it makes an object of no class');
    this.push(new PickledObject(type.name));
  }

  run() {
    for (;;) {
      const code = String.fromCharCode(this.uint8());
      if (code === '.') return this.pop();
      const instruction = INSTRUCTIONS[code];
      if (!instruction) {
        throw new ConvertError(UNSUPPORTED, `${this.label}: the pickle uses the instruction 0x${code.charCodeAt(0).toString(16)} `
          + `at byte ${this.at - 1}, which files of weights do not need; save model.state_dict() with torch.save.`);
      }
      instruction(this);
    }
  }
}

/** pickletools' names are in the comments. */
const INSTRUCTIONS = {
  '\x80': (m) => m.skip(1), /* PROTO */
  '\x95': (m) => m.skip(8), /* FRAME */
  '(': (m) => m.push(MARK), /* MARK */
  0: (m) => m.pop(), /* POP */
  N: (m) => m.push(null), /* NONE */
  '\x88': (m) => m.push(true), /* NEWTRUE */
  '\x89': (m) => m.push(false), /* NEWFALSE */
  K: (m) => m.push(m.uint8()), /* BININT1 */
  M: (m) => m.push(m.uint16()), /* BININT2 */
  J: (m) => m.push(m.int32()), /* BININT */
  '\x8A': (m) => m.push(m.long(m.uint8())), /* LONG1 */
  G: (m) => m.push(m.data.getFloat64(m.skip(8), false)), /* BINFLOAT */
  X: (m) => m.push(m.text(m.uint32())), /* BINUNICODE */
  '\x8C': (m) => m.push(m.text(m.uint8())), /* SHORT_BINUNICODE */
  U: (m) => m.push(m.text(m.uint8())), /* SHORT_BINSTRING */
  T: (m) => m.push(m.text(m.uint32())), /* BINSTRING */
  '}': (m) => m.push(new Map()), /* EMPTY_DICT */
  ']': (m) => m.push([]), /* EMPTY_LIST */
  ')': (m) => m.push([]), /* EMPTY_TUPLE */
  t: (m) => m.push(m.popToMark()), /* TUPLE */
  '\x85': (m) => m.popTuple(1), /* TUPLE1 */
  '\x86': (m) => m.popTuple(2), /* TUPLE2 */
  '\x87': (m) => m.popTuple(3), /* TUPLE3 */
  q: (m) => m.memo.set(m.uint8(), m.top()), /* BINPUT */
  r: (m) => m.memo.set(m.uint32(), m.top()), /* LONG_BINPUT */
  '\x94': (m) => m.memo.set(m.memo.size, m.top()), /* MEMOIZE */
  h: (m) => m.recall(m.uint8()), /* BINGET */
  j: (m) => m.recall(m.uint32()), /* LONG_BINGET */
  c: (m) => { const module = m.line(); m.global(module, m.line()); }, /* GLOBAL */
  '\x93': (m) => { const name = m.pop(); m.global(m.pop(), name); }, /* STACK_GLOBAL */
  s: (m) => { const value = m.pop(); const key = m.pop(); m.setItems(m.top(), [key, value]); }, /* SETITEM */
  u: (m) => { const items = m.popToMark(); m.setItems(m.top(), items); }, /* SETITEMS */
  a: (m) => { const item = m.pop(); m.appendItems(m.top(), [item]); }, /* APPEND */
  e: (m) => { const items = m.popToMark(); m.appendItems(m.top(), items); }, /* APPENDS */
  Q: (m) => m.push(m.persistent(m.pop())), /* BINPERSID */
  R: (m) => m.call(), /* REDUCE */
  b: (m) => m.build(), /* BUILD */
  '\x81': (m) => m.newObject(), /* NEWOBJ */
};

/**
 * @param {Uint8Array} bytes
 * @param {string} label the file's, for messages
 * @param {object} names
 * @param {(name: string) => boolean} names.resolve whether a global name may occur
 * @param {(name: string, args: unknown[]) => unknown} names.construct what a call of that name with these arguments
 *   stands for
 * @param {(id: unknown) => unknown} names.persistent what a persistent id stands for
 * @returns {unknown} dictionaries are Maps, lists and tuples are arrays
 */
export function unpickle(bytes, label, names) {
  return new Machine(bytes, label, names).run();
}
