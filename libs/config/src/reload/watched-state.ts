import type { SourceTexts, SourceTrouble, WatchedSource } from '../watch/watched-source.js';

/** What is known of one source that is watched, for people. */
export interface SourceReport {
  readonly name: string;
  /** The state that it told last, as the source names it; absent before it has told anything. */
  readonly version?: string;
  /** Whether that state is refused, so that an older one of it is in force. */
  readonly refused: boolean;
  /** Why it cannot be read or watched at the moment. */
  readonly trouble?: string;
}

/** What one source has told, and what of it is in force. */
export class WatchedState {
  accepted: SourceTexts | undefined;
  told: SourceTexts | undefined;
  trouble: SourceTrouble | undefined;

  constructor(readonly source: WatchedSource) {}

  get isRefused(): boolean {
    return this.told !== this.accepted;
  }

  /** What was told last is in force from now on. */
  accept(): void {
    this.accepted = this.told;
  }

  report(): SourceReport {
    const { told, trouble, isRefused } = this;
    return {
      name: this.source.name,
      ...(told && { version: told.version }),
      refused: isRefused,
      ...(trouble && { trouble: trouble.detail }),
    };
  }
}
