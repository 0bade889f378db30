import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireBinary } from './binaries.js';
import { freePort } from './free-port.js';
import { ServerProcess } from './server-process.js';

/** What promtool says; nothing where it has nothing to say. */
export interface PromtoolAnswer {
  ok: boolean;
  output: string;
}

/** Runs promtool to its end. */
export function promtool(args: readonly string[], input = ''): PromtoolAnswer {
  const { status, stdout, stderr } = spawnSync(requireBinary('promtool'), args, { input, encoding: 'utf8' });
  return { ok: status === 0, output: `${stdout}${stderr}`.trim() };
}

/** A sample of an instant query. */
export interface Sample {
  labels: Record<string, string>;
  value: number;
}

/** A throw-away Prometheus that scrapes each second, on 127.0.0.1. */
export interface TestPrometheus extends AsyncDisposable {
  readonly url: string;
  /** What a query answers now. Rejects with Prometheus' words when it does not understand it. */
  query(expr: string): Promise<Sample[]>;
  /** The `data` of an answer of its HTTP API. */
  api(path: string): Promise<any>;
}

export interface PrometheusOptions {
  /** `host:port` of what it scrapes, by job. */
  targets: Readonly<Record<string, string>>;
  /** Texts of rule files. */
  rules?: readonly string[];
}

const HOST = '127.0.0.1';

export async function startPrometheus({ targets, rules = [] }: PrometheusOptions): Promise<TestPrometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'eggy-prometheus-'));
  const file = (name: string) => join(folder, name);
  const ruleFiles = rules.map((_, at) => file(`rules-${at}.yml`));
  await Promise.all(rules.map((text, at) => writeFile(ruleFiles[at]!, text)));
  // JSON is YAML as well.
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: ruleFiles,
    scrape_configs: Object.entries(targets).map(([job, target]) => ({
      job_name: job,
      static_configs: [{ targets: [target] }],
    })),
  };
  await writeFile(file('prometheus.yml'), JSON.stringify(config));
  const port = await freePort();
  const url = `http://${HOST}:${port}`;
  const server = new ServerProcess({
    name: 'prometheus',
    command: requireBinary('prometheus'),
    args: [
      `--config.file=${file('prometheus.yml')}`,
      `--storage.tsdb.path=${file('data')}`,
      `--web.listen-address=${HOST}:${port}`,
      '--log.level=warn',
    ],
    ready: async () => {
      const { ok, status } = await fetch(`${url}/-/ready`);
      if (!ok) throw new Error(`Prometheus answers ${status}`);
    },
  });
  const stop = async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  await server.start().catch(async (error: unknown) => {
    await stop();
    throw error;
  });

  const api = async (path: string) => {
    const answer = await fetch(`${url}/api/v1/${path}`);
    const { status, data, error } = (await answer.json()) as { status: string; data: unknown; error?: string };
    if (status !== 'success') throw new Error(`Prometheus refuses ${decodeURIComponent(path)}: ${error}`);
    return data;
  };
  const query = async (expr: string) => {
    const { result } = (await api(`query?query=${encodeURIComponent(expr)}`)) as {
      result: { metric: Record<string, string>; value: [number, string] }[];
    };
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  };
  return { url, query, api, [Symbol.asyncDispose]: stop };
}

const NAME = /(?<![\w:$])[a-zA-Z_:][\w:]*(?![\w:(])/g;
const WORDS = new Set(['and', 'or', 'unless', 'by', 'on', 'group_left', 'bool', 'offset', 'Inf', 'NaN']);
/** Everything in a query that holds labels, not metrics. */
const LABELS = /\{[^}]*\}|\b(?:by|without|on|ignoring|group_left|group_right) \([^)]*\)/g;
/** Functions, aggregations and durations. */
const OTHERS = /\b\w+(?=\s*\()|\[[^\]]*\]|\b\d+[smhdwy]\b/g;

/** The stored series that a query asks for, by name. */
export function seriesNamesIn(expr: string): string[] {
  const rest = expr.replaceAll(LABELS, ' ').replaceAll(OTHERS, ' ');
  return [...new Set(rest.match(NAME) ?? [])].filter((name) => !WORDS.has(name));
}
