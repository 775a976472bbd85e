/** Svelte 4 (on:score) and 5 (onscore): import type {} from 'percept/svelte'. */
import type { HTMLAttributes } from 'svelte/elements';
import type { PerceptScorerElement } from '../percept-scorer.js';
import type { PerceptScorerAttributes, PerceptScorerListeners, PerceptScorerProperties } from './attributes.js';

type Own = PerceptScorerAttributes & PerceptScorerProperties & PerceptScorerListeners<'on' | 'on:'>;

declare module 'svelte/elements' {
  interface SvelteHTMLElements {
    'percept-scorer': Omit<HTMLAttributes<PerceptScorerElement>, keyof Own> & Own;
  }
}
