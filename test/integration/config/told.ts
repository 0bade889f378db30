import type { SourceListener, SourceTexts, SourceTrouble } from '@eggybyte/config';
import { waitUntil } from '../../support/wait-until.js';

type Texts = Readonly<Record<string, string>>;

/** Listens to a source and keeps what it is told, in order. */
export class Told implements SourceListener {
  readonly texts: Texts[] = [];
  readonly versions: string[] = [];
  readonly troubles: (SourceTrouble | undefined)[] = [];

  onTexts({ texts, version }: SourceTexts): void {
    this.texts.push({ ...texts });
    this.versions.push(version);
  }

  onTrouble(trouble: SourceTrouble | undefined): void {
    this.troubles.push(trouble);
  }

  get last(): Texts | undefined {
    return this.texts.at(-1);
  }

  get trouble(): SourceTrouble | undefined {
    return this.troubles.at(-1);
  }

  /** The kinds of trouble in order, `over` for its end. */
  get kinds(): string[] {
    return this.troubles.map((trouble) => trouble?.kind ?? 'over');
  }
}

export const until = (what: string, condition: () => boolean): Promise<true> =>
  waitUntil(condition, { what, interval: 5 });
