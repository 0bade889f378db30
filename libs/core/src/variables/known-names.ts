interface Parts {
  /** `true` where the suite has the database: a service that has its own has variables for it. */
  database: boolean;
  cache: boolean;
}

/** Unknown names that begin so are told, as they were meant for the suite. */
export function corePrefixes({ database, cache }: Parts): readonly string[] {
  return ['LOG_', ...(database ? ['DATABASE_'] : []), ...(cache ? ['CACHE_'] : [])];
}

/** Variables of the Go library that mean nothing here. */
export const RETIRED_VARIABLES: Readonly<Record<string, string>> = {
  HEALTH_CHECK_PORT: 'probes are served on METRICS_PORT, together with the metrics',
};
