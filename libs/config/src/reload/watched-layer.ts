import type { ConfigShape } from '../config-shape.js';
import type { TextLayer } from '../config-sources.js';
import type { SourceTexts, WatchedSource } from '../watch/watched-source.js';

export type Texts = SourceTexts['texts'];

/** Names and aliases of the variables that are meant. */
export function namesOf(shape: ConfigShape, isMeant: (name: string) => boolean): ReadonlySet<string> {
  const meant = Object.entries(shape).filter(([name]) => isMeant(name));
  return new Set(meant.flatMap(([name, { aliases }]) => [name, ...aliases]));
}

/** What a source told, of these names only. */
export function layerOf({ name: path }: WatchedSource, texts: Texts, names: ReadonlySet<string>): TextLayer {
  const chosen = Object.create(null) as Record<string, string>;
  for (const [name, text] of Object.entries(texts)) if (names.has(name)) chosen[name] = text;
  return { source: 'watched', path, directory: '', texts: chosen };
}
