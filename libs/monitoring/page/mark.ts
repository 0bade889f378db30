import { el, setAttribute, setText } from './element.js';
import { age, clock, iso } from './format.js';
import { ICONS, type Tone } from './verdict.js';

/** A status as icon and word, so that no colour is needed to read it. */
export class Mark {
  readonly #icon = el('span', { class: 'icon', 'aria-hidden': 'true' });
  readonly #word = el('span');
  readonly node = el('span', { class: 'mark' }, this.#icon, this.#word);

  update(tone: Tone, word: string): void {
    setAttribute(this.node, 'class', `mark ${tone}`);
    setText(this.#icon, ICONS[tone]);
    setText(this.#word, word);
  }
}

/** A point in time, in the reader's own time; the exact one is its title. */
export class Moment {
  readonly node = el('time');

  /** `age`: for how long it has been; `clock`: when it was. */
  update(time: number | undefined, now: number, as: 'age' | 'clock'): void {
    const isKnown = time !== undefined && Number.isFinite(time);
    const exact = isKnown ? iso(time) : undefined;
    setAttribute(this.node, 'datetime', exact);
    setAttribute(this.node, 'title', exact);
    setText(this.node, !isKnown ? '' : as === 'age' ? age(now - time) : clock(time, now));
  }
}
