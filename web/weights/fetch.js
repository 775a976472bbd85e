/** Bytes over HTTP (or from a file in Node), with coded errors. */
import { PerceptError, throwIfAborted } from '../errors.js';
import { fetchLocation } from '../platform.js';
import { fetchFromFolder, isInFolder } from './folder.js';

/** A response that is there: other statuses and failures of the network throw. */
export async function fetchOk(url, { signal, headers = {}, cache = 'default', name }) {
  let response;
  try {
    response = isInFolder(url) ? fetchFromFolder(url, { headers }) : await fetchLocation(url, { signal, headers, cache });
  } catch (cause) {
    throwIfAborted(signal);
    throw new PerceptError('network', `${name} could not be fetched: ${cause.message}. Check the connection and the address ${url}.`, { cause });
  }
  if (!response.ok && isInFolder(url)) {
    throw new PerceptError('not-found', `The chosen folder has no ${name}. Choose the folder that holds model.json and its .safetensors files.`);
  }
  if (!response.ok) {
    throw new PerceptError('not-found', `${name} could not be fetched: the server answered ${response.status} for ${url}.`);
  }
  return response;
}

/** A whole small file. */
export async function fetchBytes(url, { signal, most, name }) {
  const response = await fetchOk(url, { signal, name });
  const parts = [];
  let length = 0;
  for await (const part of chunks(response, { signal, name })) {
    length += part.length;
    if (length > most) throw new PerceptError('manifest-invalid', `${name} is larger than ${most} bytes: this is not a Percept model.`);
    parts.push(part);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The body as it arrives. Leaving the loop early cancels the transfer. */
export async function* chunks(response, { signal, name }) {
  const reader = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (cause) {
    throwIfAborted(signal);
    throw new PerceptError('network', `The connection broke while ${name} was fetched: ${cause.message}.`, { cause });
  } finally {
    reader.cancel().catch(() => {});
  }
}
