import type { ConfigShape } from './config-shape.js';
import { editDistance } from './edit-distance.js';

type Texts = Readonly<Record<string, string | undefined>>;

/** What Kubernetes puts into every container for a Service named `cache`: CACHE_SERVICE_HOST, CACHE_PORT_11211_TCP… */
const SERVICE_LINK = /_SERVICE_(HOST|PORT)(_\w+)?$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/;

/** …and CACHE_PORT, which may well be the name of a variable, but never with such a value. */
export function isServiceLink(value: unknown): boolean {
  return typeof value === 'string' && /^(tcp|udp|sctp):\/\/\S+:\d+$/.test(value);
}

const FILE = '_FILE';

/** The names that a schema knows, to tell a typing mistake from the many variables of others. */
export class KnownNames {
  /** Names and aliases. */
  readonly declared: ReadonlySet<string>;

  constructor(shape: ConfigShape) {
    this.declared = new Set(Object.entries(shape).flatMap(([name, field]) => [name, ...field.aliases]));
  }

  has(name: string): boolean {
    return this.declared.has(name) || (name.endsWith(FILE) && this.declared.has(name.slice(0, -FILE.length)));
  }

  /** The known name that an unknown one is probably meant to be: one mistake away, two in a long name, or in other case. */
  nearest(unknown: string): string | undefined {
    if (this.has(unknown)) return undefined;
    const name = asWritten(unknown);
    if (this.has(name)) return name;
    const ofFile = name.endsWith(FILE) ? this.#nearestDeclared(name.slice(0, -FILE.length)) : undefined;
    return this.#nearestDeclared(name) ?? (ofFile && `${ofFile}${FILE}`);
  }

  #nearestDeclared(unknown: string): string | undefined {
    const candidates = [...this.declared].map((name) => ({ name, distance: distanceWithin(unknown, name) }));
    return candidates.filter(({ distance }) => distance !== undefined).toSorted((a, b) => a.distance! - b.distance!)[0]
      ?.name;
  }

  /** Names which look like mistakes, with what they are probably meant to be; the others belong to somebody else. */
  suspects(texts: Texts, prefixes: readonly string[]): ReadonlyMap<string, string | undefined> {
    const suspects = new Map<string, string | undefined>();
    for (const name of Object.keys(texts).toSorted()) {
      if (this.has(name) || SERVICE_LINK.test(name) || isServiceLink(texts[name])) continue;
      const nearest = this.nearest(name);
      if (nearest !== undefined || prefixes.some((prefix) => name.startsWith(prefix))) suspects.set(name, nearest);
    }
    return suspects;
  }
}

const LONG_NAME = 8;
const SHORT_NAME = 3;

function distanceWithin(unknown: string, known: string): number | undefined {
  const limit = known.length >= LONG_NAME ? 2 : known.length > SHORT_NAME ? 1 : 0;
  const distance = editDistance(unknown, asWritten(known), limit);
  return distance > limit ? undefined : distance;
}

/** A name as schemas write it: ` log-level` is LOG_LEVEL in other words. */
function asWritten(name: string): string {
  return name
    .trim()
    .replaceAll(/[-.\s]/g, '_')
    .toUpperCase();
}
