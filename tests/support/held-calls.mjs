/** Holds back what a page asks of Percept's workers, so that a test sees what the page does meanwhile. */

/** Runs in the page. */
function hold(name) {
  const { prototype } = globalThis.Worker;
  const { postMessage } = prototype;
  const calls = { asked: [], aborted: [], answered: [], held: [], isHolding: true, lastSize: null };
  globalThis.heldCalls = calls;
  const isOurs = ({ type, id, name: called }) => (type === 'call' && called === name) || (type === 'abort' && calls.asked.includes(id));
  calls.send = (worker, message, ...rest) => {
    if (calls.isHolding) {
      calls.held.push([worker, message, ...rest]);
      return;
    }
    if (calls.lastSize !== null && message.request?.source?.size === calls.lastSize) calls.isHolding = true;
    postMessage.call(worker, message, ...rest);
  };
  prototype.postMessage = function post(message, ...rest) {
    if (!message || !isOurs(message)) {
      postMessage.call(this, message, ...rest);
      return;
    }
    if (message.type === 'abort') calls.aborted.push(message.id);
    else {
      calls.asked.push(message.id);
      this.addEventListener('message', ({ data }) => { if (data.id === message.id && ['result', 'error'].includes(data.type)) calls.answered.push(data.id); });
    }
    calls.send(this, message, ...rest);
  };
}

/**
 * From now on the page's calls of one name do not reach its workers, nor that they are cancelled. In the page,
 * `heldCalls.asked`, `aborted` and `answered` are the numbers of the calls.
 * @param {import('puppeteer-core').Page} page @param {'score' | 'explain'} name
 */
export const holdCalls = (page, name) => page.evaluate(hold, name);

/** As holdCalls, from the page's first moment on: it is loaded again. */
export async function holdCallsFromStart(page, name) {
  await page.evaluateOnNewDocument(hold, name);
  await page.reload();
}

/** Lets the calls go, in their order. @param {number} [size] the first whose picture has so many bytes is the last that goes */
export const letCallsGo = (page, size = null) => page.evaluate((last) => {
  const { heldCalls: calls } = globalThis;
  Object.assign(calls, { isHolding: false, lastSize: last });
  for (const each of calls.held.splice(0)) calls.send(...each);
}, size);
