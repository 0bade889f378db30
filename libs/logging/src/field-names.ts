import { SECRET_WORDS } from '@eggybyte/observability';

/** `reserved` names are those that the logger writes itself: a caller's field of that name is renamed. */
export type KeyKind = 'plain' | 'reserved' | 'secret';

const RESERVED: ReadonlySet<string> = new Set([
  'time',
  'level',
  'msg',
  'service',
  'environment',
  'version',
  'context',
  'request_id',
  'trace_id',
  'span_id',
  // As a key it would set the record's prototype.
  '__proto__',
]);

const SECRET_WORD = new RegExp(SECRET_WORDS, 'i');

/** Field names may come from strangers, such as headers: only so many are remembered. */
const MOST_REMEMBERED = 2000;

/** Tells what a field's name means; each name is only looked at once. */
export class KeyKinds {
  readonly #known = new Map<string, KeyKind>();
  readonly #moreSecret: ReadonlySet<string>;

  constructor(moreSecretKeys: readonly string[] = []) {
    this.#moreSecret = new Set(moreSecretKeys.map((key) => key.toLowerCase()));
  }

  of(key: string): KeyKind {
    return this.#known.get(key) ?? this.#remember(key);
  }

  #remember(key: string): KeyKind {
    const kind = RESERVED.has(key) ? 'reserved' : this.#isSecret(key) ? 'secret' : 'plain';
    if (this.#known.size < MOST_REMEMBERED) this.#known.set(key, kind);
    return kind;
  }

  #isSecret(key: string): boolean {
    return SECRET_WORD.test(key) || this.#moreSecret.has(key.toLowerCase());
  }
}
