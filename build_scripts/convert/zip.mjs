/**
 * Reader for zip archives, as PyTorch and numpy write them: from the central directory at the end, zip64
 * included. No offset is believed before it is compared with the file's size.
 *
 * Layouts: PKWARE's APPNOTE.TXT, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.14 to 4.3.16
 * (zip64 and the end of the central directory), 4.5.3 (the zip64 extra field).
 */
import { inflateRawSync } from 'node:zlib';
import { ConvertError, BAD_FILE, UNSUPPORTED } from './errors.mjs';

const END = 0x06054B50;
const END_BYTES = 22;
const END64_LOCATOR = 0x07064B50;
const END64_LOCATOR_BYTES = 20;
const END64 = 0x06064B50;
const END64_BYTES = 56;
const CENTRAL = 0x02014B50;
const CENTRAL_BYTES = 46;
const LOCAL = 0x04034B50;
const LOCAL_BYTES = 30;

const LONGEST_COMMENT = 65535;
const ZIP64_EXTRA = 1;
const ABSENT_16 = 0xFFFF;
const ABSENT_32 = 0xFFFFFFFF; /* the number stands in a zip64 field instead */
const ENCRYPTED = 1;
const STORED = 0;
const DEFLATED = 8;

/** A checkpoint's directory has a few hundred entries; this bounds what a hostile one makes us hold. */
const DIRECTORY_LIMIT = 64 << 20;

function bad(file, what) {
  return new ConvertError(BAD_FILE, `${file.path} is not a sound zip archive: ${what}; download or save it again.`);
}

function view(bytes) {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function bigNumber(file, data, offset) {
  const value = data.getBigUint64(offset, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw bad(file, 'an offset lies beyond any file');
  return Number(value);
}

/** The last record whose signature fits and whose comment ends with the file. */
async function findEnd(file) {
  const length = Math.min(file.size, END_BYTES + LONGEST_COMMENT);
  const tail = await file.read(file.size - length, length);
  const data = view(tail);
  for (let at = length - END_BYTES; at >= 0; at -= 1) {
    if (data.getUint32(at, true) === END && at + END_BYTES + data.getUint16(at + 20, true) === length) {
      return { data: view(tail.subarray(at)), offset: file.size - length + at };
    }
  }
  throw bad(file, 'its directory is missing, so it is cut short');
}

async function readEnd64(file, endOffset) {
  if (endOffset < END64_LOCATOR_BYTES) throw bad(file, 'its zip64 directory is missing');
  const locator = view(await file.read(endOffset - END64_LOCATOR_BYTES, END64_LOCATOR_BYTES));
  if (locator.getUint32(0, true) !== END64_LOCATOR) throw bad(file, 'its zip64 directory is missing');
  const record = view(await file.read(bigNumber(file, locator, 8), END64_BYTES));
  if (record.getUint32(0, true) !== END64) throw bad(file, 'its zip64 directory is damaged');
  return { count: bigNumber(file, record, 32), size: bigNumber(file, record, 40), offset: bigNumber(file, record, 48) };
}

async function readDirectory(file) {
  const { data, offset: endOffset } = await findEnd(file);
  let directory = { count: data.getUint16(10, true), size: data.getUint32(12, true), offset: data.getUint32(16, true) };
  if (directory.count === ABSENT_16 || directory.size === ABSENT_32 || directory.offset === ABSENT_32) {
    directory = await readEnd64(file, endOffset);
  }
  if (directory.size > DIRECTORY_LIMIT) throw bad(file, `its directory claims ${directory.size} bytes`);
  return { count: directory.count, bytes: await file.read(directory.offset, directory.size) };
}

/** Numbers that do not fit 32 bits follow in the zip64 extra field, in this order, each only if it is absent. */
function readZip64(file, extra, entry) {
  for (let at = 0; at + 4 <= extra.byteLength;) {
    const [id, size] = [extra.getUint16(at, true), extra.getUint16(at + 2, true)];
    at += 4;
    if (at + size > extra.byteLength) throw bad(file, `${entry.name} has a damaged extra field`);
    if (id === ZIP64_EXTRA) {
      let field = at;
      for (const word of ['size', 'packedSize', 'offset']) {
        if (entry[word] !== ABSENT_32) continue;
        if (field + 8 > at + size) throw bad(file, `${entry.name} has a short zip64 field`);
        entry[word] = bigNumber(file, extra, field);
        field += 8;
      }
    }
    at += size;
  }
}

function readEntries(file, { count, bytes }) {
  const entries = new Map();
  const data = view(bytes);
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    if (at + CENTRAL_BYTES > bytes.length || data.getUint32(at, true) !== CENTRAL) throw bad(file, 'its directory is damaged');
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => data.getUint16(at + field, true));
    const end = at + CENTRAL_BYTES + nameLength + extraLength + commentLength;
    if (end > bytes.length) throw bad(file, 'its directory is cut short');
    const nameStart = at + CENTRAL_BYTES;
    const entry = {
      name: new TextDecoder().decode(bytes.subarray(nameStart, nameStart + nameLength)),
      flags: data.getUint16(at + 8, true),
      method: data.getUint16(at + 10, true),
      packedSize: data.getUint32(at + 20, true),
      size: data.getUint32(at + 24, true),
      offset: data.getUint32(at + 42, true),
    };
    readZip64(file, view(bytes.subarray(nameStart + nameLength, nameStart + nameLength + extraLength)), entry);
    if (entries.has(entry.name)) throw bad(file, `it holds ${entry.name} twice`);
    entries.set(entry.name, entry);
    at = end;
  }
  return entries;
}

export class ZipArchive {
  constructor(file, entries) {
    this.file = file;
    /** @type {Map<string, {name: string, size: number}>} */
    this.entries = entries;
    this.starts = new Map();
  }

  /** @param {import('./files.mjs').RandomAccessFile} file */
  static async open(file) {
    return new ZipArchive(file, readEntries(file, await readDirectory(file)));
  }

  /** Where an entry's bytes begin: behind its local header, whose lengths may differ from the directory's. */
  async start(entry) {
    if (!this.starts.has(entry.name)) {
      const header = view(await this.file.read(entry.offset, LOCAL_BYTES));
      if (header.getUint32(0, true) !== LOCAL) throw bad(this.file, `${entry.name} does not begin where the directory says`);
      const start = entry.offset + LOCAL_BYTES + header.getUint16(26, true) + header.getUint16(28, true);
      if (start + entry.packedSize > this.file.size) throw bad(this.file, `${entry.name} is cut short`);
      this.starts.set(entry.name, start);
    }
    return this.starts.get(entry.name);
  }

  find(name) {
    const entry = this.entries.get(name);
    if (!entry) throw bad(this.file, `it has no ${name}`);
    if (entry.flags & ENCRYPTED) throw new ConvertError(UNSUPPORTED, `${this.file.path}: ${name} is encrypted.`);
    return entry;
  }

  /**
   * Part of an entry that is stored as it is.
   * @param {string} name
   * @param {number} offset
   * @param {number} length
   */
  async readPart(name, offset, length) {
    const entry = this.find(name);
    if (entry.method !== STORED || entry.packedSize !== entry.size) {
      throw new ConvertError(UNSUPPORTED, `${this.file.path}: ${name} is compressed; save it with torch.save again.`);
    }
    if (offset + length > entry.size) {
      throw bad(this.file, `${name} has ${entry.size} bytes, but ${length} at ${offset} are asked for`);
    }
    return this.file.read(await this.start(entry) + offset, length);
  }

  /**
   * A whole entry, stored or deflated.
   * @param {string} name
   * @param {number} most bytes that are accepted
   */
  async readAll(name, most) {
    const entry = this.find(name);
    if (entry.size > most) throw bad(this.file, `${name} claims ${entry.size} bytes; at most ${most} are read`);
    if (entry.method === STORED) return this.readPart(name, 0, entry.size);
    if (entry.method !== DEFLATED) throw new ConvertError(UNSUPPORTED, `${this.file.path}: ${name} is packed in an unknown way.`);
    if (entry.packedSize > most) throw bad(this.file, `${name} claims ${entry.packedSize} packed bytes`);
    const packed = await this.file.read(await this.start(entry), entry.packedSize);
    let bytes;
    try {
      bytes = inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.size) });
    } catch (error) {
      throw bad(this.file, `${name} cannot be unpacked (${error.code ?? error.message})`);
    }
    if (bytes.length !== entry.size) throw bad(this.file, `${name} has ${bytes.length} bytes instead of ${entry.size}`);
    return Uint8Array.from(bytes); /* a buffer of its own, so that typed arrays over it are aligned */
  }
}
