/** All texts of a source at one moment. */
export interface SourceTexts {
  /** By variable name; an object without a prototype, frozen. */
  readonly texts: Readonly<Record<string, string>>;
  /** Names the state, for logs: a resourceVersion, the target of `..data`. Never a value. */
  readonly version: string;
}

/** Why a source cannot be read or watched at the moment. What was read last stays in force. */
export interface SourceTrouble {
  /** `missing`: not there; `forbidden`: no right to read it; `unauthorized`: the token is not taken; `unreachable`: no answer; `invalid`: an answer that makes no sense, or too large; `static`: it can never change (a subPath mount). */
  readonly kind: 'missing' | 'forbidden' | 'unauthorized' | 'unreachable' | 'invalid' | 'static';
  /** For the log: what happened, with the path or address and without any value of the source. */
  readonly detail: string;
}

export interface SourceListener {
  /** Called with all texts at first, and each time they differ from those told last; never twice at a time. */
  onTexts(texts: SourceTexts): void;
  /** Called when the trouble changes: `undefined` when it is over. */
  onTrouble(trouble: SourceTrouble | undefined): void;
}

/** A place of texts that changes while the process runs. */
export interface WatchedSource {
  /** For logs and metrics: `directory`, `configmap`. */
  readonly name: string;
  /** Absolute path, where it is a directory: a configuration may have been loaded from it, too. */
  readonly directory?: string;
  /** Begins to watch; may be called once. Never throws and never rejects: what goes wrong is trouble. */
  start(listener: SourceListener): void;
  /** Ends every timer, watch and connection; resolves when they are over. Nothing is told any more. */
  stop(): Promise<void>;
}
