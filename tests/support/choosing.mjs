/** Pictures to choose from, and a keyboard that counts. */
import { mix32 } from '../golden/generator.mjs';
import { chunk } from '../golden/png-suite.mjs';
import { drop } from './browsers.mjs';
import { png } from './teach-pictures.mjs';

/** The same pixels in another file: its content differs, its look does not. @param {Buffer} png @param {number} at */
export function copyOf(png, at) {
  const end = png.length - 12;
  return Buffer.concat([png.subarray(0, end), chunk('tEXt', Buffer.from(`Comment\0copy ${at}`, 'latin1')), png.subarray(end)]);
}

/** Sixteen fields of any colours: no two pictures are alike. @param {number} at @param {[number, number]} [size] */
function fields(at, [width, height] = at % 2 === 0 ? [72, 96] : [96, 72]) {
  const colour = (/** @type {number} */ field, /** @type {number} */ channel) => mix32(at + 1, field * 3 + channel) >>> 24;
  return png(width, height, (x, y) => [0, 1, 2].map((channel) => colour(Math.floor((4 * x) / width) * 4 + Math.floor((4 * y) / height), channel)));
}

/** @param {number} count how many differ @param {number[]} [copied] the numbers of those that come a second time */
export function picturesToChoose(count, copied = []) {
  const pictures = Array.from({ length: count }, (_, at) => ({ name: `${String(at).padStart(2, '0')}.png`, bytes: fields(at) }));
  return [...pictures, ...copied.map((at) => ({ ...pictures[at], name: `copy-${pictures[at].name}`, bytes: copyOf(pictures[at].bytes, at) }))];
}

/** Drops pictures, and waits until all are scored and choosing is there. */
export async function arrive(page, pictures) {
  await drop(page, pictures);
  await page.waitForFunction((count) => document.getElementById('idle-text').textContent.startsWith(`${count} scored`), { timeout: 180000 }, pictures.length);
  await page.waitForSelector('#open-best');
}

/** Presses keys, and counts them; a key with Ctrl or Shift counts as one. */
export function countingKeys(page) {
  const keys = {
    count: 0,
    async press(...names) {
      for (const name of names) {
        const parts = name === '+' ? [name] : name.split('+');
        const key = parts.pop();
        for (const each of parts) await page.keyboard.down(each);
        await page.keyboard.press(key);
        for (const each of parts) await page.keyboard.up(each);
        keys.count += 1;
      }
    },
  };
  return keys;
}
