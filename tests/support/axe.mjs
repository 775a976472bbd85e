/** What axe finds on a page as it is. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * @param {import('puppeteer-core').Page} page
 * @param {string[]} [impacts] those that count; all by default
 * @param {{rules?: object}} [options] axe's own
 * @returns {Promise<string[]>} the rule and the first element that breaks it
 */
export async function violations(page, impacts, options = {}) {
  if (!await page.evaluate(() => 'axe' in globalThis)) await page.evaluate(AXE); // as the test's own, whatever the page's policy
  const found = await page.evaluate(async (given) => (await globalThis.axe.run(globalThis.document, { resultTypes: ['violations'], ...given })).violations
    .map(({ id, impact, nodes }) => ({ impact, text: `${id}: ${nodes[0].html.slice(0, 160)}` })), options);
  return found.filter(({ impact }) => !impacts || impacts.includes(impact)).map(({ text }) => text);
}
