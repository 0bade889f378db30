import { join } from 'node:path';
import { type LogRecord, type NodeProcess, runNode } from '../support/run-node.js';
import { waitUntil } from '../support/wait-until.js';
import { users } from './users-service.js';

export const TROUBLED = join(import.meta.dirname, 'fixtures/troubled-service.mjs');

/** The service whose parts hang or fail as its `DO` says, in a process of its own. */
export interface TroubledService {
  readonly process: NodeProcess;
  /** What its parts did so far, in order: `> part` begins to start, `+ part` has started, `- part` is being stopped. */
  told(): string[];
  /** Resolves when it has told this. */
  until(line: string): Promise<void>;
  /** The messages of all log records of a level. */
  messages(level: string): string[];
}

/** @param does the troubles, by the names that the program knows. */
export function startTroubled(does: readonly string[] = [], env: Record<string, string> = {}): TroubledService {
  return asTroubled(runNode(TROUBLED, { env: users({ DO: does.join(','), ...env }) }));
}

export function asTroubled(process: NodeProcess): TroubledService {
  const told = (): string[] => process.stderr.split('\n').filter((line) => line !== '');
  return {
    process,
    told,
    async until(line) {
      await waitUntil(() => told().includes(line), { timeout: 15_000, interval: 5, what: `\`${line}\`` });
    },
    messages: (level) => process.logs.filter((record) => record['level'] === level).map(messageOf),
  };
}

function messageOf({ msg }: LogRecord): string {
  return String(msg);
}
