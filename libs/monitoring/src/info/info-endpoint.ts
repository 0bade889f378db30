import { availableParallelism, hostname } from 'node:os';
import type { AdminAnswer, AdminEndpoint } from '@eggybyte/observability';
import type { ApplicationInfo } from '../metrics/application-metrics.js';
import { gitCommit } from './git-commit.js';
import { installedPackages } from './installed-packages.js';
import { type ProcessReport, processReport } from './process-report.js';

/** What was built, as far as whoever builds it tells. */
export interface BuildFacts {
  /** The folder of the program's package.json: its name, what it depends on, and the repository around it. @default none */
  directory?: string | undefined;
  /** Name of the program's package. @default none */
  name?: string | undefined;
  /** The commit that it was built of. @default the one that is checked out around `directory` */
  commit?: string | undefined;
  /** When it was built, as ISO 8601. @default none */
  builtAt?: string | undefined;
}

/** What `/info` answers. */
export interface InfoReport extends ApplicationInfo {
  build: {
    name?: string;
    commit?: string;
    /** `build` where whoever built it told it, `git` where it was read from the repository around the program. */
    commit_source?: 'build' | 'git';
    built_at?: string;
  };
  runtime: ProcessReport & {
    node: string;
    v8: string;
    platform: string;
    arch: string;
    pid: number;
    host: string;
    /** Processors that the process may use. */
    cpus: number;
    timezone: string;
  };
  /** Installed versions of what the program depends on. */
  packages: Record<string, string>;
}

/** Tells what runs here: which build, of which commit, on which runtime, with which packages. */
export class InfoEndpoint implements AdminEndpoint {
  #unchanging: Promise<Pick<InfoReport, 'build' | 'packages'>> | undefined;

  constructor(
    private readonly application: ApplicationInfo,
    private readonly facts: BuildFacts = {},
  ) {}

  async handle(): Promise<AdminAnswer> {
    return { body: await this.report() };
  }

  async report(): Promise<InfoReport> {
    this.#unchanging ??= readBuild(this.facts);
    const { build, packages } = await this.#unchanging;
    return { ...this.application, build, runtime: runtime(), packages };
  }
}

async function readBuild(facts: BuildFacts): Promise<Pick<InfoReport, 'build' | 'packages'>> {
  const { directory, name, commit, builtAt } = facts;
  const checkedOut = commit === undefined && directory !== undefined ? await gitCommit(directory) : undefined;
  const known = commit ?? checkedOut;
  const build = {
    ...(name !== undefined && { name }),
    ...(known !== undefined && ({ commit: known, commit_source: commit === undefined ? 'git' : 'build' } as const)),
    ...(builtAt !== undefined && { built_at: builtAt }),
  };
  return { build, packages: directory === undefined ? {} : await installedPackages(directory) };
}

function runtime(): InfoReport['runtime'] {
  return {
    node: process.version,
    v8: process.versions.v8,
    platform: process.platform,
    arch: process.arch,
    pid: process.pid,
    host: hostname(),
    cpus: availableParallelism(),
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    ...processReport(),
  };
}
