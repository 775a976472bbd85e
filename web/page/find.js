/** @import {PageElements} from './types.d.ts' */

/**
 * An element of index.html, which has them all.
 * @template {string} Id
 * @param {Id} id
 * @returns {Id extends keyof PageElements ? PageElements[Id] : HTMLElement}
 */
export const find = (id) => /** @type {any} */ (document.getElementById(id));
