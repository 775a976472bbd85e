/** Vue 3, templates and JSX: import type {} from 'percept/vue', and `isCustomElement` in the compiler's options. */
import type { HTMLAttributes, PublicProps } from 'vue';
import type { PerceptScorerElement, PerceptScorerEventMap } from '../percept-scorer.js';
import type { PerceptScorerAttributes, PerceptScorerProperties } from './attributes.js';

type Own = PerceptScorerAttributes & PerceptScorerProperties & {
  [name in keyof PerceptScorerEventMap as `on${Capitalize<name>}`]?: (event: PerceptScorerEventMap[name]) => void;
};

declare module 'vue' {
  interface GlobalComponents {
    'percept-scorer': new () => PerceptScorerElement & { $props: Omit<HTMLAttributes, keyof Own> & PublicProps & Own };
  }
}
