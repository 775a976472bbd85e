/** The second table of output kinds: how each is written in recipes, files and terminals, and compared. The engine needs none of it. */
import { classes } from './kinds/classes.js';
import { embedding } from './kinds/embedding.js';
import { score } from './kinds/score.js';

/** @import {Form, Output} from '../kinds/types.d.ts' */

/** @type {Record<Output['kind'], Form>} by `output.kind` */
export const FORMS = { score, classes, embedding };

/** @param {{output: Output}} task @returns {Form} */
export const formOf = ({ output }) => FORMS[output.kind];
