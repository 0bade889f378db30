/** Brackets, queries, and what a table follows; names in quotes are stepped over. */
const STEP =
  /"[^"]*"|`[^`]*`|[()]|\b(?:SELECT|DELETE)\b|\b(?:DISTINCT FROM|(FROM|INTO|UPDATE|TABLE) (?:IF (?:NOT )?EXISTS )?(?:[`"]?[\w$]+[`"]?\.)?[`"]?([\p{L}\p{N}_$]+))/giu;

/** The first table of a statement, by its fingerprint. */
export function collectionName(text: string): string | undefined {
  // By the depth of brackets: `FROM` is followed by a table in a query only, not in TRIM(… FROM …), EXTRACT and the like.
  const queries = [true];
  for (const [step, before, name] of text.matchAll(STEP)) {
    if (name !== undefined) {
      if (before?.toUpperCase() !== 'FROM' || queries.at(-1)) return name;
    } else if (step === '(') queries.push(false);
    else if (step === ')') queries.pop();
    else if (/^[sd]/i.test(step)) queries[queries.length - 1] = true;
  }
  return undefined;
}
