/**
 * All code of the page that comes after its first score, asked for as one: what is split further becomes a dozen files, and each
 * is a request of the first visit.
 */
export { renamedTrait, traitIdOf } from '../lib/weights/trait-file.js';
export { Culling } from './culling.js';
export { JudgementsPanel } from './judgements-panel.js';
export { NearCopies } from './near-copies.js';
export { readable } from './other-formats.js';
export { ReportPanel } from './report-panel.js';
export { StoragePanel } from './storage-panel.js';
