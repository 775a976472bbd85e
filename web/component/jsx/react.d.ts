/** React 19: import type {} from 'percept/react'. React 18 sets attributes alone and hears no events: use a ref there. */
import type { DetailedHTMLProps, HTMLAttributes } from 'react';
import type { PerceptScorerElement } from '../percept-scorer.js';
import type { PerceptScorerAttributes, PerceptScorerListeners, PerceptScorerProperties } from './attributes.js';

type Own = PerceptScorerAttributes & PerceptScorerProperties & PerceptScorerListeners<'on'>;

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'percept-scorer': Omit<DetailedHTMLProps<HTMLAttributes<PerceptScorerElement>, PerceptScorerElement>, keyof Own> & Own;
    }
  }
}
