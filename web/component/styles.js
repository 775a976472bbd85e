/**
 * How the element looks. A constructed style sheet needs no permission from a page's content policy. Colours follow
 * the page's `color-scheme`; custom properties and ::part() change them.
 */
const STYLES = `
:host {
  --accent: var(--percept-accent, light-dark(#16686c, #6cc3c2));
  --on-accent: var(--percept-on-accent, light-dark(#ffffff, #0c1f20));
  --surface: var(--percept-surface, light-dark(#fffefb, #1c2223));
  --sunken: var(--percept-sunken, light-dark(#ebe8df, #0e1112));
  --ink: var(--percept-ink, light-dark(#1f2426, #eceae3));
  --soft: var(--percept-soft, light-dark(#5d6466, #a3acac));
  --line: var(--percept-line, light-dark(#cfcabb, #3c4647));
  --warm: var(--percept-warm, light-dark(#c76a1d, #eb9c54));
  --problem: var(--percept-problem, light-dark(#a8321f, #f2a08f));
  --problem-paper: var(--percept-problem-paper, light-dark(#fbeae5, #38211d));
  --radius: var(--percept-radius, 14px);
  display: block;
  container-type: inline-size;
  min-inline-size: 14rem;
  color: var(--ink);
  font: 400 1rem/1.5 var(--percept-font, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Hiragino Sans', 'Noto Sans CJK JP', sans-serif);
  text-align: start;
}

:host([hidden]) {
  display: none;
}

* {
  box-sizing: border-box;
  margin: 0;
}

[hidden] {
  display: none !important;
}

.zone {
  position: relative;
  display: grid;
  overflow: hidden;
  min-block-size: 11.5rem;
  border: 1.5px solid var(--line);
  border-radius: var(--radius);
  background: var(--surface);
  transition: border-color 0.15s, background-color 0.15s;
}

.zone.empty {
  border-style: dashed;
  cursor: pointer;
}

.zone.empty:hover, .zone.dropping {
  border-color: var(--accent);
}

.zone.dropping {
  background: color-mix(in srgb, var(--accent) 9%, var(--surface));
}

.zone.refused {
  border-color: var(--problem);
}

.zone.disabled {
  cursor: not-allowed;
  background: var(--sunken);
}

.picture {
  display: grid;
  place-items: center;
  overflow: hidden;
  min-block-size: 9rem;
  background: var(--sunken);
}

.picture canvas {
  grid-area: 1 / 1;
  max-inline-size: 100%;
  max-block-size: 16rem;
  animation: appear 0.25s;
}

.picture svg {
  grid-area: 1 / 1;
  inline-size: 2.25rem;
  color: var(--soft);
  opacity: 0.5;
}

.body {
  display: flex;
  flex-direction: column;
  justify-content: center;
  gap: 0.85rem;
  min-inline-size: 0;
  padding: 1.1rem 1.25rem;
}

.empty .body {
  align-items: center;
  gap: 0.7rem;
  text-align: center;
}

.icon {
  display: block;
  inline-size: 2.5rem;
  color: var(--accent);
}

svg {
  display: block;
}

.invitation {
  font-size: 1.0625rem;
  font-weight: 550;
  letter-spacing: -0.01em;
}

.file {
  overflow: hidden;
  font-weight: 600;
  text-overflow: ellipsis;
  white-space: nowrap;
}

.results {
  display: grid;
  gap: 0.9rem;
}

.head {
  display: flex;
  flex-wrap: wrap;
  align-items: baseline;
  gap: 0 0.5rem;
}

.title {
  margin-inline-end: auto;
  font-size: 0.9375rem;
  font-weight: 550;
}

.value {
  font-size: 1.25rem;
  font-weight: 650;
  font-variant-numeric: tabular-nums;
  letter-spacing: -0.01em;
}

.spread, .scale, .asked, .state {
  color: var(--soft);
  font-size: 0.8125rem;
  font-variant-numeric: tabular-nums;
}

.meter {
  position: relative;
  block-size: 8px;
  margin-block-start: 0.25rem;
  border-radius: 4px;
  background: var(--sunken);
}

.fill {
  position: absolute;
  inset: 0 auto 0 0;
  inline-size: calc(100% * var(--share));
  min-inline-size: 8px;
  border-radius: 4px;
  background: var(--accent);
  transform-origin: left;
  animation: grow 0.4s ease-out;
}

.error {
  position: absolute;
  inset: -3px calc(100% * (1 - var(--until))) -3px calc(100% * var(--from));
  border-radius: 3px;
  background: color-mix(in srgb, var(--warm) 60%, transparent);
}

.limit {
  position: absolute;
  inset: -5px auto -5px calc(100% * var(--at) - 1px);
  inline-size: 2px;
  border-radius: 1px;
  background: var(--ink);
}

.broken .value {
  color: var(--problem);
}

.broken .fill {
  background: var(--problem);
}

.scale {
  display: flex;
  justify-content: space-between;
  gap: 0.75rem;
  margin-block-start: 0.25rem;
}

.band {
  font-weight: inherit;
}

.classes {
  display: grid;
  gap: 0.2rem;
  margin-block-start: 0.35rem;
  padding: 0;
  list-style: none;
  font-size: 0.875rem;
}

.classes li {
  display: grid;
  grid-template-columns: minmax(4rem, 7.5rem) 1fr 3rem;
  align-items: center;
  gap: 0.6rem;
  color: var(--soft);
}

.classes .first {
  color: var(--ink);
  font-weight: 600;
}

.classes .name {
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
}

.classes .bar {
  block-size: 8px;
  border-radius: 4px;
  background: linear-gradient(var(--accent), var(--accent)) no-repeat var(--sunken);
  background-size: calc(100% * var(--share)) 100%;
}

.classes .share {
  text-align: end;
  font-variant-numeric: tabular-nums;
}

.unfamiliar {
  padding-inline-start: 0.6rem;
  border-inline-start: 3px solid var(--warm);
  font-size: 0.875rem;
}

.message {
  padding: 0.6rem 0.8rem;
  border-radius: 10px;
  background: var(--problem-paper);
  color: var(--problem);
  font-size: 0.9375rem;
  overflow-wrap: anywhere;
}

.working {
  display: grid;
  gap: 0.4rem;
}

.empty .working {
  inline-size: min(100%, 18rem);
}

progress {
  inline-size: 100%;
  block-size: 6px;
  border: 0;
  border-radius: 3px;
  background: var(--sunken);
  accent-color: var(--accent);
  overflow: hidden;
  appearance: none;
}

progress::-webkit-progress-bar {
  background: var(--sunken);
}

progress::-webkit-progress-value {
  border-radius: 3px;
  background: var(--accent);
  transition: inline-size 0.15s;
}

progress::-moz-progress-bar {
  border-radius: 3px;
  background: var(--accent);
}

/* Without a value: a light that passes, where nothing else moves. */
progress:indeterminate {
  background: linear-gradient(90deg, transparent, var(--accent), transparent) 150% 0 / 40% 100% no-repeat var(--sunken);
  animation: pass 1.4s linear infinite;
}

progress:indeterminate::-webkit-progress-bar, progress:indeterminate::-moz-progress-bar {
  background: transparent;
}

.actions {
  display: flex;
  flex-wrap: wrap;
  gap: 0.5rem;
}

.empty .actions {
  justify-content: center;
}

button {
  padding: 0.45rem 0.9rem;
  border: 1px solid var(--line);
  border-radius: 999px;
  background: var(--surface);
  color: inherit;
  font: inherit;
  font-size: 0.9375rem;
  cursor: pointer;
}

button:hover {
  border-color: var(--accent);
}

.empty .choose, .refused .choose, .retry {
  border-color: var(--accent);
  background: var(--accent);
  color: var(--on-accent);
  font-weight: 550;
}

button:disabled {
  cursor: not-allowed;
  opacity: 0.6;
}

:focus-visible {
  outline: 3px solid var(--accent);
  outline-offset: 2px;
}

.hidden {
  position: absolute;
  inline-size: 1px;
  block-size: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}

@container (min-width: 33rem) {
  .zone.with-picture {
    grid-template-columns: minmax(0, 2fr) minmax(0, 3fr);
  }

  .with-picture canvas {
    max-block-size: 22rem;
  }
}

@keyframes grow {
  from {
    transform: scaleX(0);
  }
}

@keyframes appear {
  from {
    opacity: 0;
  }
}

@keyframes pass {
  to {
    background-position: -50% 0;
  }
}

@media (prefers-reduced-motion: reduce) {
  * {
    animation: none !important;
    transition: none !important;
  }

  progress:indeterminate {
    background: repeating-linear-gradient(90deg, var(--accent) 0 8px, var(--sunken) 8px 16px);
  }
}

@media (forced-colors: active) {
  .fill, .classes .bar, .limit {
    forced-color-adjust: none;
  }
}
`;

/** @type {CSSStyleSheet | undefined} */
let sheet;

/** The style sheet, which all elements share. */
export function styleSheet() {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
  }
  return sheet;
}
