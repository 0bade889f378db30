import { scrubText, SECRET_WORDS } from '@eggybyte/observability';

export interface FieldName {
  /** `reserved` names are those that the logger writes itself: a caller's field of that name is renamed. */
  kind: 'plain' | 'reserved' | 'secret';
  /** The name as it is written: of bounded length, without credentials, and none that sets a prototype. */
  written: string;
}

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
  // pino asks the bindings of a child for it.
  'hasOwnProperty',
]);

/** Lists of names and values, and headers as they were sent. */
const RAW_HEADERS: ReadonlySet<string> = new Set(['rawHeaders', 'rawTrailers', '_header']);

const SECRET_WORD = new RegExp(SECRET_WORDS, 'i');

const LONGEST_NAME = 128;
/** Field names may come from strangers, such as headers: only so many are remembered, and none that is long. */
const MOST_REMEMBERED = 2000;

/** Tells what a field's name means; each name is only looked at once. */
export class FieldNames {
  readonly #known = new Map<string, FieldName>();
  readonly #moreSecret: ReadonlySet<string>;

  constructor(moreSecretKeys: readonly string[] = []) {
    this.#moreSecret = new Set(moreSecretKeys.map((key) => key.toLowerCase()));
  }

  of(name: string): FieldName {
    return this.#known.get(name) ?? this.#remember(name);
  }

  isSecret(name: string): boolean {
    return SECRET_WORD.test(name) || RAW_HEADERS.has(name) || this.#moreSecret.has(name.toLowerCase());
  }

  #remember(name: string): FieldName {
    const kind = RESERVED.has(name) ? 'reserved' : this.isSecret(name) ? 'secret' : 'plain';
    const known: FieldName = { kind, written: writtenName(name) };
    if (name.length <= LONGEST_NAME && this.#known.size < MOST_REMEMBERED) this.#known.set(name, known);
    return known;
  }
}

function writtenName(name: string): string {
  return name === '__proto__' ? '["__proto__"]' : scrubText(name, LONGEST_NAME);
}
