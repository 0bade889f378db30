const list = (words: string): string[] => words.split(' ');
/** Words that a name follows. Behind `BY` a text would make no sense; for `FROM` see `#word`. */
const BEFORE_NAME = list(
  'FROM JOIN INTO UPDATE TABLE AS SET BY WITH REFERENCES CONSTRAINT COLUMN INDEX EXISTS VIEW TRIGGER SAVEPOINT TO ADD COLLATE',
);
/** Words behind which each comma of the same bracket is followed by a name, and those that end that. */
const BEFORE_NAMES = list('SET BY FROM');
const ENDS_NAMES = list('SELECT DELETE UPDATE WHERE HAVING VALUES LIMIT RETURNING WINDOW');
const BEFORE_CONDITION = list('WHERE AND OR NOT ON WHEN HAVING');
/** Words behind which a bracket is full of names, and those that introduce a name behind which it is. */
const BEFORE_COLUMNS = list('UNIQUE KEY CONFLICT');
const BEFORE_TABLE = list('INTO TABLE EXISTS REFERENCES ON');

const beforeName = new Set(BEFORE_NAME);
const beforeNames = new Set(BEFORE_NAMES);
const endsNames = new Set(ENDS_NAMES);
const beforeCondition = new Set(['(', ...BEFORE_CONDITION]);
const beforeColumns = new Set(BEFORE_COLUMNS);
const beforeTable = new Set(BEFORE_TABLE);
/** As they are mostly written, so that one look-up does for a word. */
const WORDS = new Map(
  [BEFORE_NAME, BEFORE_NAMES, ENDS_NAMES, BEFORE_CONDITION, BEFORE_COLUMNS, ['DISTINCT']].flat().flatMap((word) => [
    [word, word],
    [word.toLowerCase(), word],
  ]),
);

const PLAIN = /^"[\p{L}_][\p{L}\p{N}_$]*"$/u;
/** A comparison with what is a value for sure. Nothing in it can be tried in two ways. */
const COMPARED =
  /\s*(?:[=<>]+|!=|IS\b(?:\s+NOT\b)?|(?:NOT\s+)?(?:IN\s*\(|LIKE\b|BETWEEN\b))\s*(?:[?:@$']|[-+]?\.?\d|NULL\b|TRUE\b|FALSE\b)/iuy;
const NAME = '"';

/**
 * In SQLite `"…"` is a name, and where nothing has that name a text. Reads the tokens of one statement and tells which of
 * them can only be a name: by their place, as the values are nobody's to guess. The names of TypeORM's statements are.
 */
export class QuotedNames {
  /** The last token: a word that is known, a sign, `"` for a name in quotes. */
  #last = '';
  /** The word that has introduced the name at hand. */
  #introducer = '';
  #name = '';
  /** By the depth of brackets: whether a comma is followed by a name, and whether it is a query or the like. */
  readonly #names = [false];
  readonly #queries = [true];

  constructor(private readonly sql: string) {}

  /**
   * Goes on by one token that is neither white space nor a comment.
   *
   * @param end where it ends in the statement
   * @returns false when it is `"…"` and may be a value
   */
  read(token: string, end: number): boolean {
    const first = token[0];
    if (first === '"' && !this.#isName(token, end)) return this.#value();
    if (first === '"' || first === '`' || first === '[') {
      if (this.#last !== '.' && this.#last !== NAME && !beforeName.has(this.#last)) this.#introducer = '';
      this.#name = token;
      this.#last = NAME;
    } else if (first === '(') this.#open();
    else if (first === ')') this.#close();
    else if (token !== '.') this.#word(token);
    else this.#last = token;
    return true;
  }

  #isName(token: string, end: number): boolean {
    const last = this.#last;
    if (this.sql[end] === '.' || last === '.') return true;
    // An alias, as behind a whole expression there is no other one.
    if (last === NAME || last === ')' || beforeName.has(last)) return true;
    if (last === ',') return this.#isList;
    if (last === '(' && this.#isList) return true;
    if (last === '=') return token === this.#name;
    if (!beforeCondition.has(last) || !PLAIN.test(token)) return false;
    COMPARED.lastIndex = end;
    return COMPARED.test(this.sql);
  }

  get #isList(): boolean {
    return this.#names.at(-1) ?? false;
  }

  #value(): false {
    this.#last = '';
    this.#introducer = '';
    return false;
  }

  #open(): void {
    this.#names.push(
      beforeColumns.has(this.#last) || (this.#last !== this.#introducer && beforeTable.has(this.#introducer)),
    );
    this.#queries.push(false);
    this.#last = '(';
    this.#introducer = '';
  }

  #close(): void {
    if (this.#names.length > 1) {
      this.#names.pop();
      this.#queries.pop();
    }
    this.#last = ')';
    this.#introducer = '';
  }

  #word(token: string): void {
    const word = WORDS.get(token);
    if (word === undefined) return this.#other(token);
    const depth = this.#names.length - 1;
    if (endsNames.has(word)) {
      this.#names[depth] = false;
      this.#queries[depth] = true;
    }
    // `IS DISTINCT FROM`, and that of TRIM, EXTRACT and the like, are followed by a value.
    const isClause = word !== 'FROM' || (this.#queries[depth] === true && this.#last !== 'DISTINCT');
    if (isClause && beforeNames.has(word)) this.#names[depth] = true;
    // That of an index is followed by its table, that of a join by a condition.
    const isOfIndex = word === 'ON' && (this.#introducer === 'INDEX' || this.#introducer === 'EXISTS');
    this.#introducer = isOfIndex || (isClause && beforeName.has(word)) ? word : '';
    if (isOfIndex) this.#last = 'TO';
    else this.#last = isClause ? word : '';
  }

  /** A name without quotes keeps what has introduced it. */
  #other(token: string): void {
    const isName = beforeName.has(this.#last) || this.#last === '.';
    if (!isName || !/^[\p{L}_]/u.test(token)) this.#introducer = '';
    this.#last = token;
  }
}
