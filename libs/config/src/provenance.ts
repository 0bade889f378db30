/** Where a value came from. */
export interface Provenance {
  /**
   * `override`: given by a test; `watched`: a source that is watched; `directory`: the mounted directory; `env`: the environment; `file`: a file that a `NAME_FILE` variable names; `dotenv`: a
   * `.env` file; `code`: `values` in code; `default`: the schema; `unset`: an optional variable that nothing gives.
   */
  readonly source: 'override' | 'watched' | 'directory' | 'env' | 'file' | 'dotenv' | 'code' | 'default' | 'unset';
  /** The name it was found by: the variable's own, an alias, or the `NAME_FILE` variable. */
  readonly name: string;
  /** The file or directory it was read from, for `file`, `directory` and `dotenv`; the source for `watched`. */
  readonly path?: string;
}

/** "environment", "BUSINESS_HTTP_PORT in environment", "/app/.env"… for a report about `variable`. */
export function describeProvenance({ source, name, path }: Provenance, variable: string): string {
  const place = path ?? PLACES[source];
  return name === variable ? place : `${name} in ${place}`;
}

const PLACES = {
  override: 'overrides',
  watched: 'watched source',
  directory: 'mounted directory',
  env: 'environment',
  file: 'file',
  dotenv: '.env',
  code: 'values in code',
  default: 'default',
  unset: 'not set',
} as const satisfies Record<Provenance['source'], string>;
