/** What a person does with the page's fields and files. */

/** Chooses an option, or writes into a field. */
export const choose = (page, selector, value) => page.$eval(selector, (each, wanted) => {
  each.value = wanted;
  each.dispatchEvent(new Event('input', { bubbles: true }));
  each.dispatchEvent(new Event('change', { bubbles: true }));
}, value);

/**
 * What the page gives to be saved, in place of a download.
 * @param {() => Promise<void>} act what makes it save
 * @returns {Promise<{name: string, bytes: Buffer, text: string}>} text: without a byte order mark
 */
export async function saved(page, act) {
  await page.evaluate(() => {
    globalThis.savedFile = null;
    globalThis.makeAddress ??= URL.createObjectURL;
    URL.createObjectURL = (blob) => {
      globalThis.savedBlob = blob;
      return globalThis.makeAddress.call(URL, blob);
    };
    globalThis.HTMLAnchorElement.prototype.click = async function click() {
      const bytes = new Uint8Array(await globalThis.savedBlob.arrayBuffer());
      globalThis.savedFile = { name: this.download, base64: btoa(Array.from(bytes, (each) => String.fromCharCode(each)).join('')) };
    };
  });
  await act();
  const { name, base64 } = await (await page.waitForFunction(() => globalThis.savedFile)).jsonValue();
  await page.evaluate(() => { URL.createObjectURL = globalThis.makeAddress; });
  const bytes = Buffer.from(base64, 'base64');
  return { name, bytes, text: new TextDecoder().decode(bytes) };
}
