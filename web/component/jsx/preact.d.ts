/** Preact: import type {} from 'percept/preact'. */
import type { HTMLAttributes } from 'preact';
import type { PerceptScorerElement } from '../percept-scorer.js';
import type { PerceptScorerAttributes, PerceptScorerListeners, PerceptScorerProperties } from './attributes.js';

type Own = PerceptScorerAttributes & PerceptScorerProperties & PerceptScorerListeners<'on'>;

declare module 'preact' {
  namespace JSX {
    interface IntrinsicElements {
      'percept-scorer': Omit<HTMLAttributes<PerceptScorerElement>, keyof Own> & Own;
    }
  }
}
