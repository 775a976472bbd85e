/** A table whose rows are named by their first cell. */
import { html } from '../ui/html.js';

/** @param {string} caption @param {string[]} head @param {string[][]} rows */
export const tableTemplate = (caption, head, rows) => html`
  <div class="table">
    <table>
      <caption>${caption}</caption>
      <thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
      <tbody>${rows.map(([name, ...cells]) => html`<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody>
    </table>
  </div>`;
