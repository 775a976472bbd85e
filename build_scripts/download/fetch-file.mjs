/**
 * Downloads one file: resumable, checked, renamed into place only when it is whole and right.
 *
 * While it is incomplete the file is called PATH.part. What it must be is known from the recipe's sha256,
 * or from the publisher: Hugging Face tells a file's SHA-256 (X-Linked-Etag) and size (X-Linked-Size) before it
 * redirects to its storage.
 */
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { outputError } from '../convert/shards.mjs';
import { ConvertError, BAD_FILE, NOT_FOUND } from '../convert/errors.mjs';
import { hashFile } from '../hash-file.mjs';
import { makeFolder } from '../make-folder.mjs';

const MOST_REDIRECTS = 8;
const MOST_ATTEMPTS = 6;
const FIRST_PAUSE = 500; /* milliseconds, doubled after each failure */
const STALL = 60_000; /* milliseconds without a byte */

async function sizeOf(path) {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
}

async function isFolder(path) {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false;
}

function publishersHash(headers) {
  const tag = headers.get('x-linked-etag')?.replace(/^W\/|"/g, '');
  return /^[0-9a-f]{64}$/.test(tag ?? '') ? tag : undefined;
}

/** A response that is no promise of success: the caller may try again after some of them. */
class HttpFailure extends Error {
  constructor(status, url) {
    super(`${url} answers with status ${status}`);
    this.isFinal = status >= 400 && status < 500 && status !== 408 && status !== 429;
  }
}

/** What trying again does not change. */
class Final extends Error {
  isFinal = true;
}

/** Where an address leads next: never from https to anything else. */
function redirected(from, location) {
  let next;
  try {
    next = new URL(location, from);
  } catch {
    throw new Final(`it redirects to '${location}', which is no address`);
  }
  if (next.protocol !== 'https:' && next.protocol !== new URL(from).protocol) throw new Final(`it redirects to ${next.protocol} addresses`);
  return next.href;
}

/** Follows redirects by hand, because the publisher's hash stands in the first answer only. */
async function request(url, headers, signal) {
  const told = {};
  let at = url;
  for (let hop = 0; hop <= MOST_REDIRECTS; hop += 1) {
    const response = await fetch(at, { headers, redirect: 'manual', signal });
    told.sha256 ??= publishersHash(response.headers);
    told.bytes ??= Number(response.headers.get('x-linked-size')) || undefined;
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || !location) return { response, told };
    await response.body?.cancel();
    at = redirected(at, location);
  }
  throw new ConvertError(BAD_FILE, `${url} redirects more than ${MOST_REDIRECTS} times; check the address.`);
}

/** How much of the file the answer continues, and the whole size where it is told. */
function readRange(response, have) {
  if (response.status === 206) {
    const [, start, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get('content-range') ?? '') ?? [];
    if (Number(start) === have) return { start: have, total: Number(total) };
    throw new Error('the server continues elsewhere');
  }
  return { start: 0, total: Number(response.headers.get('content-length')) || undefined };
}

/** Gives up what says nothing for too long; `came` is to be called whenever something arrives. */
class Watch {
  #controller = new AbortController();
  #timer;
  signal = this.#controller.signal;

  came() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#controller.abort(new Error(`nothing arrived for ${STALL / 1000} seconds`)), STALL);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#controller.abort();
  }
}

/** Appends to the part from `start` on, and stops where more comes than the file has. */
async function copyBody(response, part, { start, most = Infinity }, onBytes) {
  const handle = await open(part, start > 0 ? 'a' : 'w').catch((error) => { throw outputError(error, part); });
  let length = start;
  try {
    for await (const chunk of response.body) {
      length += chunk.length;
      if (length > most) throw new Final(`more than the ${most} bytes of the file came`);
      await handle.writeFile(chunk);
      onBytes(chunk.length);
    }
  } catch (error) {
    throw outputError(error, part);
  } finally {
    await handle.close();
  }
}

/** One attempt: continues the part, or finds that nothing is missing. */
async function attempt(file, part, progress) {
  const have = await sizeOf(part);
  const watch = new Watch();
  // Compressed on the way, neither the sizes that the answer tells nor the place where it goes on would be the file's.
  const headers = { 'accept-encoding': 'identity', ...(have > 0 && { range: `bytes=${have}-` }) };
  try {
    watch.came();
    const { response, told } = await request(file.url, headers, watch.signal);
    const expected = { bytes: file.bytes ?? told.bytes, sha256: file.sha256 ?? told.sha256 };
    if (response.status === 416) return { ...expected, bytes: expected.bytes ?? await sizeBeyond(response, part) };
    if (!response.ok) throw new HttpFailure(response.status, file.url);
    if (response.body === null) throw new Final(`${file.url} answers with status ${response.status} and nothing else`);
    const { start, total } = readRange(response, have);
    const bytes = expected.bytes ?? total;
    progress.begin(start, bytes);
    await copyBody(response, part, { start, most: bytes }, (count) => {
      watch.came();
      progress.add(count);
    });
    return { ...expected, bytes };
  } finally {
    watch.stop();
  }
}

/** The file's size, which the answer tells that has nothing after the part; where it does not, the part is of no use. */
async function sizeBeyond(response, part) {
  const [, total] = /^bytes \*\/(\d+)$/.exec(response.headers.get('content-range') ?? '') ?? [];
  if (total !== undefined) return Number(total);
  await rm(part, { force: true });
  throw new Error('the server does not tell how large the file is');
}

async function fetchWhole(file, part, progress) {
  for (let failures = 0; ; failures += 1) {
    try {
      const expected = await attempt(file, part, progress);
      const have = await sizeOf(part);
      if (expected.bytes === undefined || have >= expected.bytes) return expected;
      throw new Error(`the connection ended after ${have} of ${expected.bytes} bytes`);
    } catch (error) {
      if (error instanceof ConvertError) throw error;
      const reason = error.cause?.message ?? error.message;
      if (error.isFinal) throw new ConvertError(NOT_FOUND, `${file.url} cannot be downloaded (${reason}); check the address in the recipe.`);
      if (failures + 1 >= MOST_ATTEMPTS) {
        throw new ConvertError(NOT_FOUND, `${file.url} cannot be downloaded (${reason}); check the `
          + 'connection and run the same command again: it continues where it stopped.');
      }
      progress.say(`${reason}; trying again`);
      await sleep(FIRST_PAUSE * 2 ** failures);
    }
  }
}

async function checkPart(file, part, { bytes, sha256 }, progress) {
  const size = await sizeOf(part);
  const isRightSize = bytes === undefined || size === bytes;
  if (isRightSize && sha256 === undefined) {
    progress.say('neither the recipe nor the publisher tells its SHA-256, so only its size was checked');
    return;
  }
  if (isRightSize && await hashFile(part) === sha256) return;
  await rm(part, { force: true });
  throw new ConvertError(BAD_FILE, `${file.url} gave ${size} bytes that are not what was published `
    + `(${bytes ?? 'unknown'} bytes, SHA-256 ${sha256 ?? 'unknown'}); the download was removed, so run the command again.`);
}

/**
 * @param {{path: string, url: string, bytes?: number, sha256?: string}} file one of the recipe's `downloads`
 * @param {{begin: (have: number, total?: number) => void, add: (bytes: number) => void, say: (line: string) => void}}
 *   progress
 * @returns {Promise<boolean>} false when it was there already
 */
export async function fetchFile(file, progress) {
  if (await isFolder(file.path)) throw new ConvertError(BAD_FILE, `${file.path} is a folder; the recipe means a file.`);
  if (await sizeOf(file.path) > 0) {
    if (file.sha256 === undefined || await hashFile(file.path) === file.sha256) return false;
    throw new ConvertError(BAD_FILE, `${file.path} exists but is not what the recipe describes; remove it and run again.`);
  }
  await makeFolder(dirname(file.path)).catch((error) => { throw outputError(error, file.path); });
  const part = `${file.path}.part`;
  await checkPart(file, part, await fetchWhole(file, part, progress), progress);
  await rename(part, file.path);
  return true;
}
