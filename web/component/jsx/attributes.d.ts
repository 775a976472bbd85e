/** What markup may say of <percept-scorer>, in every framework; what each of them adds is in the file of its name. */
import type { PerceptScorerElement, PerceptScorerEventMap } from '../percept-scorer.js';

/** min-TASK and max-TASK, with the task's id in lower case. */
type Limits = { [limit in `${'min' | 'max'}-${string}`]?: number | string };

export type PerceptScorerAttributes = Limits & {
  src?: string;
  traits?: string;
  tasks?: string;
  name?: string;
  loading?: PerceptScorerElement['loading'];
  required?: boolean;
  disabled?: boolean;
};

/** Set as properties, which attributes cannot hold. */
export type PerceptScorerProperties = Partial<Pick<PerceptScorerElement, 'value' | 'scorer'>>;

/** Listeners of the element's own events, under names that begin with `Prefix`. */
export type PerceptScorerListeners<Prefix extends string> = {
  [name in keyof PerceptScorerEventMap as `${Prefix}${name}`]?: (event: PerceptScorerEventMap[name]) => void;
};
