/** Where the time goes, as SVG: a bar for each runtime and model, Percept's cut by kind of layer. */

const WIDTH = 900;
const LABEL = 290;
const BAR = 22;
const GAP = 8;
const HEAD = 34;
const COLOURS = { linear: '#2f6f9f', epilogue: '#7fb2d6', attention: '#d98032', prepare: '#8f8f3d', rest: '#9a9a9a', peer: '#c9c9c9' };

const escapeText = (text) => text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
const text = (x, y, content, extra = '') => `<text x="${x}" y="${y}" ${extra}>${escapeText(content)}</text>`;
const rectangle = (x, y, width, colour, title) => (
  `<rect x="${x.toFixed(1)}" y="${y}" width="${Math.max(0, width).toFixed(1)}" height="${BAR}" fill="${colour}"><title>${escapeText(title)}</title></rect>`);

function bars({ entries, shares }, top) {
  const longest = Math.max(...entries.map(({ time }) => time.median));
  const scale = (WIDTH - LABEL - 90) / longest;
  return entries.map(({ name, title, time }, index) => {
    const y = top + index * (BAR + GAP);
    const parts = [text(LABEL - 10, y + 16, title, 'text-anchor="end"')];
    let x = LABEL;
    for (const { kind, title: part, share } of name === 'percept' ? shares : [{ kind: 'peer', title, share: 1 }]) {
      parts.push(rectangle(x, y, share * time.median * scale, COLOURS[kind], `${part}: ${(100 * share).toFixed(1)} %`));
      x += share * time.median * scale;
    }
    return [...parts, text(x + 8, y + 16, `${time.median.toFixed(time.median < 100 ? 1 : 0)} ms`)].join('\n');
  }).join('\n');
}

function legend(shares, top) {
  return shares.map(({ kind, title }, index) => {
    const [x, y] = [LABEL + (index % 2) * 290, top + Math.floor(index / 2) * 22];
    return `<rect x="${x}" y="${y}" width="14" height="14" fill="${COLOURS[kind]}"/>${text(x + 20, y + 12, title)}`;
  }).join('\n');
}

/**
 * @param {{title: string, entries: object[], shares: object[]}[]} groups
 * @returns {string}
 */
export function plot(groups) {
  let top = 20;
  const parts = [];
  for (const group of groups) {
    parts.push(text(LABEL, top + 14, group.title, 'font-weight="bold"'), bars(group, top + HEAD - 8));
    top += HEAD + group.entries.length * (BAR + GAP) + 12;
  }
  parts.push(legend(groups[0].shares, top));
  const height = top + 80;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13">
<rect width="${WIDTH}" height="${height}" fill="white"/>
${parts.join('\n')}
</svg>
`;
}
