/**
 * For hosts that enforce Trusted Types: the page makes no markup from text, and starts workers from its own files
 * only. Its own origin is all that this policy lets through.
 */
globalThis.trustedTypes?.createPolicy('default', {
  createScriptURL(/** @type {string} */ url) {
    if (new URL(url, document.baseURI).origin !== new URL(import.meta.url).origin) throw new TypeError(`${url} is not the page's own.`);
    return url;
  },
});
