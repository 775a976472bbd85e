/** Bias of a trait by group: a table, and the offer to weigh the groups equally, with the agreement before and after. */
import { digitsFor, formatSigned } from '../ui/formats.js';
import { html, nothing } from '../ui/html.js';
import { answersNumber } from './answers.js';
import { GROUPED_BY } from './arrange.js';
import { groupName } from './group-name.js';
import { say } from './language.js';
import { tableTemplate } from './table.js';
import { figureOf, figureWords } from './teach-meter.js';

/** @import {Trait} from '../lib/percept.js' */
/** @import {ChangeEvent, TaughtHere} from './types.d.ts' */
/** @import {Grouping} from './picture-groups.js' */

export class TraitBias {
  #onChange;
  /** By trait, the agreement before the groups weighed the same. @type {Map<string, string>} */
  #before = new Map();

  /** @param {(id: string, change: Partial<TaughtHere>) => void} onChange of the lesson */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  /** @param {Trait} trait @param {TaughtHere} lesson @param {Grouping} grouping by which its evidence groups the pictures */
  template({ task, evidence }, lesson, grouping) {
    const { groups, equal_groups: isEqual, raters: { count: raters } } = evidence;
    const isDeep = evidence.kept === 'deeper';
    const chosen = isDeep ? grouping : lesson.group ?? grouping;
    const digits = answersNumber(task) ? digitsFor(task.output.to) : 2;
    const signed = (/** @type {number} */ value) => formatSigned(value, digits);
    const isBiased = groups.some(({ low, high }) => low > 0 || high < 0);
    const rows = groups.map(({ group, pictures, difference, low, high }) => [groupName(grouping, group), String(pictures), signed(difference), say('bias.range', { low: signed(low), high: signed(high) })]);
    return html`
      <section class="trait-bias">
        <h4>${say('bias.heading')}</h4>
        <div class="fields">
          <label><span>${say('bias.by')}</span>
            <select id="bias-group" ?disabled=${isDeep} @change=${(/** @type {ChangeEvent<HTMLSelectElement>} */ { currentTarget }) => this.#onChange(lesson.id, { group: /** @type {TaughtHere['group']} */ (currentTarget.value) })}>
              ${GROUPED_BY.map((each) => html`<option value=${each} .selected=${each === chosen}>${say(`group.by.${each}`)}</option>`)}
            </select></label>
        </div>
        ${isDeep ? html`<p class="notes">${say('bias.deeper')}</p>` : nothing}
        ${rows.length === 0 ? html`<p class="state">${say('bias.none')}</p>` : tableTemplate(
          say(answersNumber(task) ? 'bias.title' : 'bias.titleRight', { group: say(`group.by.${grouping}`), raters }), [say(`group.by.${grouping}`), say('bias.pictures'), say('bias.difference'), say('bias.interval')], rows)}
        ${isBiased && !isEqual ? html`
          <p class="notice">${say('bias.offer')} <button type="button" id="equal-groups" @click=${() => this.#correct({ task, evidence }, lesson, { equalGroups: true, group: grouping })}>${say('bias.correct')}</button></p>` : nothing}
        ${isEqual ? html`
          <p class="notice">${this.#afterWords({ task, evidence })} <button type="button" id="unequal-groups" @click=${() => this.#correct({ task, evidence }, lesson, { equalGroups: false })}>${say('bias.uncorrect')}</button></p>` : nothing}
      </section>`;
  }

  /** @param {Pick<Trait, 'task' | 'evidence'>} trait @param {TaughtHere} lesson @param {Partial<TaughtHere>} change the groups in sight are those that weigh the same, whichever there are later */
  #correct({ task, evidence }, lesson, change) {
    const figure = figureOf(evidence);
    if (change.equalGroups && figure) this.#before.set(task.id, figureWords(figure));
    this.#onChange(lesson.id, change);
  }

  /** @param {Pick<Trait, 'task' | 'evidence'>} trait */
  #afterWords({ task, evidence }) {
    const figure = figureOf(evidence);
    const before = this.#before.get(task.id);
    return before && figure ? say('bias.after', { before, after: figureWords(figure) }) : say('card.equalGroups');
  }
}
