/**
 * What a camera wrote into a picture: camera, lens, exposure, time, and where it was taken. Read from JPEG, PNG, WebP and TIFF; other
 * files tell nothing. A reader of our own, because raw files need its greater part anyway (tiff.js), and libraries are ten times
 * its size or not kept any more. Pure.
 */
import { readTiff } from './tiff.js';

/** @import {Directory} from './tiff.js' */
/**
 * @typedef {object} CameraFacts null: not written
 * @property {string | null} camera @property {string | null} lens
 * @property {number | null} seconds @property {number | null} aperture @property {number | null} iso @property {number | null} millimetres
 * @property {string | null} time as the camera's clock said: 2026-11-29 15:04:05
 * @property {{latitude: number, longitude: number} | null} place
 */

/** Where Exif lies in files, it lies within these bytes. */
export const EXIF_BYTES = 1 << 18;

const TAG = { make: 0x10f, model: 0x110, seconds: 0x829a, aperture: 0x829d, iso: 0x8827, time: 0x9003, changed: 0x132, millimetres: 0x920a, lens: 0xa434 };
const GPS = { latitudeRef: 1, latitude: 2, longitudeRef: 3, longitude: 4 };
const GPS_VERSION = 0;

/** @param {Uint8Array} bytes the file's beginning @returns {CameraFacts | null} null: there are none */
export function readCameraFacts(bytes) {
  const tiff = tiffIn(bytes);
  const read = tiff && readTiff(tiff);
  if (!read) return null;
  const { directories } = read;
  const first = (/** @type {number} */ tag) => directories.map((each) => each.get(tag)?.values[0]).find((value) => value !== undefined && value !== '');
  const text = (/** @type {number} */ tag) => {
    const value = first(tag);
    return typeof value === 'string' ? value : null;
  };
  const number = (/** @type {number} */ tag) => {
    const value = first(tag);
    return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : null;
  };
  const facts = {
    camera: cameraName(text(TAG.make), text(TAG.model)),
    lens: text(TAG.lens),
    seconds: number(TAG.seconds),
    aperture: number(TAG.aperture),
    iso: number(TAG.iso),
    millimetres: number(TAG.millimetres),
    time: timeOf(text(TAG.time) ?? text(TAG.changed)),
    place: placeOf(directories),
  };
  return Object.values(facts).some((fact) => fact !== null) ? facts : null;
}

/** Makers write their name into both. @param {string | null} make @param {string | null} model */
function cameraName(make, model) {
  if (!make || !model) return model ?? make;
  const maker = make.split(/\s/)[0];
  return model.toLowerCase().startsWith(maker.toLowerCase()) ? model : `${make} ${model}`;
}

/** @param {string | null} text 2026:11:29 15:04:05 */
function timeOf(text) {
  const match = /^(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)/.exec(text ?? '');
  return match && match[1] !== '0000' ? `${match[1]}-${match[2]}-${match[3]} ${match[4]}` : null;
}

/** @param {Directory[]} directories */
function placeOf(directories) {
  const gps = directories.find((each) => each.has(GPS.latitude) && each.has(GPS.longitude) && (each.has(GPS_VERSION) || each.has(GPS.latitudeRef)));
  if (!gps) return null;
  const degrees = (/** @type {number} */ tag, /** @type {number} */ ref, /** @type {string} */ negative) => {
    const [whole, minutes = 0, seconds = 0] = /** @type {number[]} */ (gps.get(tag)?.values ?? [NaN]);
    return (Number(whole) + Number(minutes) / 60 + Number(seconds) / 3600) * (gps.get(ref)?.values[0] === negative ? -1 : 1);
  };
  const [latitude, longitude] = [degrees(GPS.latitude, GPS.latitudeRef, 'S'), degrees(GPS.longitude, GPS.longitudeRef, 'W')];
  return Number.isFinite(latitude) && Number.isFinite(longitude) ? { latitude, longitude } : null;
}

/** The TIFF in which a file's Exif lies. @param {Uint8Array} bytes */
function tiffIn(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = (/** @type {number} */ at, length = 4) => String.fromCharCode(...bytes.subarray(at, at + length));
  if (bytes.length < 16) return null;
  if (view.getUint16(0) === 0xffd8) return tiffInJpeg(view, bytes, name);
  if (name(1, 3) === 'PNG') return chunkOf(bytes, { start: 8, wanted: 'eXIf', nameAt: (at) => name(at + 4), sizeAt: (at) => view.getUint32(at), extra: 12, body: 8 });
  if (name(0) === 'RIFF' && name(8) === 'WEBP') {
    return chunkOf(bytes, { start: 12, wanted: 'EXIF', nameAt: (at) => name(at), sizeAt: (at) => view.getUint32(at + 4, true) + (view.getUint32(at + 4, true) & 1), extra: 8, body: 8 });
  }
  return bytes;
}

/** @param {DataView} view @param {Uint8Array} bytes @param {(at: number, length?: number) => string} name */
function tiffInJpeg(view, bytes, name) {
  for (let at = 2; at + 10 < bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1];
    if (marker === 0xda) return null;
    const size = view.getUint16(at + 2);
    if (marker === 0xe1 && name(at + 4) === 'Exif') return bytes.subarray(at + 10, at + 2 + size);
    at += 2 + size;
  }
  return null;
}

/** @param {Uint8Array} bytes @param {{start: number, wanted: string, nameAt: (at: number) => string, sizeAt: (at: number) => number, extra: number, body: number}} how */
function chunkOf(bytes, { start, wanted, nameAt, sizeAt, extra, body }) {
  for (let at = start; at + 8 <= bytes.length;) {
    const size = sizeAt(at);
    if (nameAt(at) === wanted) return withoutName(bytes.subarray(at + body, at + body + size));
    at += size + extra;
  }
  return null;
}

/** Some writers keep JPEG's own mark before it. @param {Uint8Array} tiff */
const withoutName = (tiff) => (String.fromCharCode(...tiff.subarray(0, 4)) === 'Exif' ? tiff.subarray(6) : tiff);
