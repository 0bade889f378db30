import type { LauncherState } from '@eggybyte/lifecycle';
import type { HealthRegistry } from '../health/health-registry.js';
import { probeJson } from './probe-json.js';
import { probeText } from './probe-text.js';
import { judge, judgeOne, type ProbeName, type ProbeVerdict } from './probe-verdict.js';

/** What a caller asks for. */
export interface ProbeRequest {
  /** Path without query, such as `/readyz` or `/readyz/database`. */
  path: string;
  query: URLSearchParams;
  /** The `Accept` header. */
  accept?: string | undefined;
}

export interface ProbeAnswer {
  status: 200 | 503;
  contentType: string;
  body: string;
}

const PATH = /^\/(livez|startupz|readyz|healthz)(?:\/([a-z][a-z0-9-]{0,62}))?$/;
const MOST_EXCLUDED = 32;
const LONGEST_EXCLUDED = 64;

/** Answers probes out of what is known: no probe runs a check, and none waits longer than a check's first deadline. */
export class Probes {
  constructor(
    private readonly health: HealthRegistry,
    private readonly state: () => LauncherState,
  ) {}

  /** The answer; undefined for a path that is no probe's. */
  async answer({ path, query, accept }: ProbeRequest): Promise<ProbeAnswer | undefined> {
    const match = PATH.exec(path);
    if (!match) return undefined;
    const verdict = await this.#decide(match[1] as ProbeName, match[2], query);
    if (!verdict) return undefined;
    const status = verdict.passed ? 200 : 503;
    if (wantsJson(query, accept)) {
      const body = JSON.stringify(probeJson(verdict, new Date()));
      return { status, contentType: 'application/json; charset=utf-8', body };
    }
    const body = probeText(verdict, isOn(query.get('verbose')));
    return { status, contentType: 'text/plain; charset=utf-8', body };
  }

  async #decide(probe: ProbeName, name: string | undefined, query: URLSearchParams): Promise<ProbeVerdict | undefined> {
    const looksAtChecks = probe === 'readyz' || probe === 'healthz';
    if (looksAtChecks) await this.health.firstResults();
    if (name === undefined) return judge(probe, this.state(), this.health.checks, excludedBy(query));
    const check = looksAtChecks ? this.health.checks.find((one) => one.name === name) : undefined;
    return check && judgeOne(probe, this.state(), check);
  }
}

function excludedBy(query: URLSearchParams): string[] {
  return query
    .getAll('exclude')
    .slice(0, MOST_EXCLUDED)
    .map((name) => name.slice(0, LONGEST_EXCLUDED));
}

/** `?verbose`, `?verbose=true`: kube-apiserver takes the word alone, people write the rest. */
function isOn(value: string | null): boolean {
  return value !== null && value !== 'false' && value !== '0';
}

function wantsJson(query: URLSearchParams, accept = ''): boolean {
  const format = query.get('format');
  return format === null ? /\bapplication\/(?:[\w.-]+\+)?json\b/i.test(accept) : format === 'json';
}
