/** The two formats that Prometheus reads. */
export type TextFormat = 'text' | 'openmetrics';

export const CONTENT_TYPES: Readonly<Record<TextFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

const OPENMETRICS = 'application/openmetrics-text';
const OPENMETRICS_VERSIONS = new Set(['1.0.0', '0.0.1', undefined]);
const TEXTS = new Set(['text/plain', 'text/*', '*/*']);

interface Accepted {
  name: string;
  parameters: ReadonlyMap<string, string>;
  /** 0 to 1; 0 refuses it. */
  weight: number;
}

/** The format that a reader likes best, by its `Accept`; OpenMetrics only for one that names it. */
export function formatFor(accept = ''): TextFormat {
  const list = acceptedBy(accept);
  const openMetrics = list.filter(
    ({ name, parameters }) => name === OPENMETRICS && OPENMETRICS_VERSIONS.has(parameters.get('version')),
  );
  const most = (some: readonly Accepted[]): number => Math.max(0, ...some.map(({ weight }) => weight));
  const text = most(list.filter(({ name }) => TEXTS.has(name)));
  return most(openMetrics) > 0 && most(openMetrics) >= text ? 'openmetrics' : 'text';
}

/** Whether a reader takes gzip, by its `Accept-Encoding`. */
export function takesGzip(acceptEncoding = ''): boolean {
  const list = acceptedBy(acceptEncoding);
  const gzip = list.find(({ name }) => name === 'gzip' || name === 'x-gzip') ?? list.find(({ name }) => name === '*');
  return gzip !== undefined && gzip.weight > 0;
}

function acceptedBy(header: string): Accepted[] {
  return header.split(',').flatMap((part): Accepted[] => {
    const [name = '', ...rest] = part.split(';').map((one) => one.trim().toLowerCase());
    if (name === '') return [];
    const parameters = new Map(rest.map((one) => pairOf(one)));
    const weight = Number(parameters.get('q') ?? 1);
    return [{ name, parameters, weight: weight >= 0 && weight <= 1 ? weight : 0 }];
  });
}

function pairOf(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 0) return [text, ''];
  const value = text.slice(at + 1).trim();
  return [text.slice(0, at).trim(), value.startsWith('"') ? value.slice(1, -1) : value];
}
