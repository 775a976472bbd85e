/** What the page's server forbids it to ask for, as its policy says: a request beyond it never leaves the browser. */

/** Milliseconds in which a browser has told; it asks nobody for it. */
const SOON = 500;

/** Whether nothing may be fetched from an address. @param {URL} address @returns {Promise<boolean>} */
export function isForbidden({ href, origin }) {
  if (origin === location.origin) return Promise.resolve(false);
  const controller = new AbortController();
  return new Promise((resolve) => {
    const end = (/** @type {boolean} */ isRefused) => {
      controller.abort();
      document.removeEventListener('securitypolicyviolation', hear);
      resolve(isRefused);
    };
    const hear = (/** @type {SecurityPolicyViolationEvent} */ { blockedURI }) => blockedURI.startsWith(origin) && end(true);
    document.addEventListener('securitypolicyviolation', hear);
    fetch(href, { signal: controller.signal, credentials: 'omit' }).then(() => end(false), () => {}); // what fails otherwise the library says
    setTimeout(() => end(false), SOON);
  });
}
