import { ConfigMapSource, type ConfigMapSourceOptions, type SourceListener } from '@eggybyte/config';
import type { SourceTexts, SourceTrouble } from '@eggybyte/config';
import { waitUntil } from '../../support/wait-until.js';

/** Everything that a source tells. */
export class Heard implements SourceListener {
  readonly texts: SourceTexts[] = [];
  readonly troubles: (SourceTrouble | undefined)[] = [];

  onTexts(texts: SourceTexts): void {
    this.texts.push(texts);
  }

  onTrouble(trouble: SourceTrouble | undefined): void {
    this.troubles.push(trouble);
  }

  /** The texts that are in force, as entries: a name such as `__proto__` is a name there. */
  get entries(): [string, string][] | undefined {
    const last = this.texts.at(-1);
    return last && Object.entries(last.texts);
  }

  get trouble(): SourceTrouble | undefined {
    return this.troubles.at(-1);
  }

  text(name: string): string | undefined {
    return this.texts.at(-1)?.texts[name];
  }

  async untilText(name: string, value: string): Promise<void> {
    await waitUntil(() => this.text(name) === value, { what: `${name} to be told anew` });
  }

  async untilTrouble(kind: SourceTrouble['kind'], detail = /(?:)/): Promise<string> {
    const trouble = await waitUntil(() => this.troubles.find((one) => one?.kind === kind && detail.test(one.detail)), {
      what: `trouble \`${kind}\` ${detail}, told was ${JSON.stringify(this.troubles)}`,
    });
    return trouble.detail;
  }

  async untilFine(): Promise<void> {
    const isFine = () => this.texts.length > 0 && this.trouble === undefined;
    await waitUntil(isFine, { what: `the end of all trouble: ${JSON.stringify(this.troubles)}` });
  }
}

export interface Watching extends AsyncDisposable {
  readonly source: ConfigMapSource;
  readonly heard: Heard;
}

/** Waits that suit a test; how long the server keeps a watch open is whole seconds. */
const QUICK = { retryMin: '10ms', retryMax: '100ms' } as const;

export function watching(options: ConfigMapSourceOptions, heard = new Heard()): Watching {
  const source = new ConfigMapSource({ ...QUICK, ...options });
  source.start(heard);
  return { source, heard, [Symbol.asyncDispose]: () => source.stop() };
}
