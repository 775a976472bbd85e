/** A model's folder from the user's disk, behind addresses of its own: folder:///model.json and so on. */

const SCHEME = 'folder:';
/** Where the files of a mounted folder are. */
export const FOLDER = `${SCHEME}///`;

/** @type {Map<string, Blob>} */
const files = new Map();

/** @param {[name: string, file: Blob][]} list the folder's files; those of a worker before are forgotten */
export function mountFolder(list) {
  files.clear();
  for (const [name, file] of list) files.set(FOLDER + encodeURI(name), file);
}

/** @param {string | URL} url */
export function isInFolder(url) {
  return String(url).startsWith(SCHEME);
}

/**
 * The Response that a server would give: 404, or the file from an offset on.
 * @param {string | URL} url @param {{headers?: Record<string, string>}} init
 */
export function fetchFromFolder(url, { headers = {} }) {
  const file = files.get(String(url));
  if (!file) return new Response(null, { status: 404 });
  const start = Number(/^bytes=(\d+)-$/.exec(headers.Range ?? '')?.[1] ?? 0);
  return new Response(file.slice(start), { status: start > 0 ? 206 : 200 });
}
