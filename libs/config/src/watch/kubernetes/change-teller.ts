import { Logger } from '@nestjs/common';
import type { SourceListener, SourceTexts, SourceTrouble } from '../watched-source.js';

/** Tells a listener what is new, and nothing twice; after {@link silence} nothing at all. */
export class ChangeTeller {
  readonly #listener: SourceListener;
  readonly #logger: Logger;
  #texts: SourceTexts['texts'] | undefined;
  #trouble: SourceTrouble | undefined;
  #isSilent = false;

  constructor(listener: SourceListener, sourceName: string) {
    this.#listener = listener;
    this.#logger = new Logger(sourceName);
  }

  tellTexts(told: SourceTexts): void {
    if (this.#isSilent || (this.#texts && areEqual(this.#texts, told.texts))) return;
    this.#texts = told.texts;
    this.#call(() => this.#listener.onTexts(told));
  }

  tellTrouble(trouble: SourceTrouble | undefined): void {
    if (this.#isSilent) return;
    if (trouble?.kind === this.#trouble?.kind && trouble?.detail === this.#trouble?.detail) return;
    this.#trouble = trouble;
    this.#call(() => this.#listener.onTrouble(trouble));
  }

  silence(): void {
    this.#isSilent = true;
  }

  #call(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      // Its message may quote a value.
      this.#logger.error(`the listener threw ${error instanceof Error ? error.name : typeof error}`);
    }
  }
}

function areEqual(one: SourceTexts['texts'], other: SourceTexts['texts']): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}
