/**
 * Stars and flags as XMP beside a picture, as photo programs read them: of a rejected picture darktable and Bridge know by its rating,
 * Lightroom Classic, which has flags beside stars, by `pick` and `good` (since its version 13.2 it writes both). Pure.
 */

/** @import {Rating} from './ratings.js' */

/** The rating that XMP's own specification has for rejected. */
const REJECTED = -1;

/** @type {Record<'pick' | 'reject', string>} */
const FLAGS = { pick: 'xmpDM:pick="1" xmpDM:good="True"', reject: 'xmpDM:pick="-1" xmpDM:good="False"' };

/** @param {Rating} rating @returns {string | null} null: it has nothing that XMP can say */
export function writeSidecar({ stars, flag }) {
  const rating = flag === 'reject' ? REJECTED : stars;
  if (rating === 0 && flag === null) return null;
  const said = [...(rating === 0 ? [] : [`xmp:Rating="${rating}"`]), ...(flag === null ? [] : [FLAGS[flag]])];
  return `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Percept">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:xmpDM="http://ns.adobe.com/xmp/1.0/DynamicMedia/" ${said.join(' ')}/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
`;
}

/** A file's name without its extension. @param {string} name */
const stem = (name) => name.replace(/\.[^.]*$/, '');

/**
 * What the sidecars of some files are called: IMG_1.xmp beside IMG_1.CR2. Where a raw file and a JPEG share that name, each keeps its
 * extension: IMG_1.CR2.xmp.
 * @param {string[]} names @returns {string[]}
 */
export function sidecarNames(names) {
  const counts = new Map();
  const keyOf = (/** @type {string} */ name) => stem(name).toLowerCase();
  for (const name of names) counts.set(keyOf(name), (counts.get(keyOf(name)) ?? 0) + 1);
  return names.map((name) => `${counts.get(keyOf(name)) > 1 ? name : stem(name)}.xmp`);
}
