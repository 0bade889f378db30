/** The route of a request that no handler of the application took. */
export const UNMATCHED = 'unmatched';

/** Other methods are one: a client may send any that the parser knows. */
const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'QUERY']);
const OTHER = '_OTHER';

/** The path of a URL: its query may hold secrets. */
export function withoutQuery(url: string): string {
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}

/** The method as a span is named by it. */
export function spanNameOf(method: string | undefined): string {
  const name = methodOf(method);
  return name === OTHER ? 'HTTP' : name;
}

/** The method of a request as one of few, all others as OpenTelemetry's conventions name them. */
export function methodOf(method: string | undefined): string {
  return method !== undefined && METHODS.has(method) ? method : OTHER;
}
