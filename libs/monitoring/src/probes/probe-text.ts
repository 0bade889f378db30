import type { JudgedCheck, ProbeVerdict } from './probe-verdict.js';

/** Writes a verdict in the form of kube-apiserver's probes: `ok`, or a line for each check when it failed or was asked for. */
export function probeText(verdict: ProbeVerdict, verbose: boolean): string {
  const { probe, state, passed, degraded, checks, unmatched } = verdict;
  if (passed && !verbose) return degraded ? 'degraded' : 'ok';
  const lines = checks.map(lineOf);
  for (const name of unmatched) {
    lines.push(`warn: some health checks cannot be excluded: no matches for ${JSON.stringify(name)}`);
  }
  const result = degraded ? 'degraded' : passed ? 'passed' : 'failed';
  lines.push(`state: ${state}`, `${probe} check ${result}`);
  return `${lines.join('\n')}\n`;
}

function lineOf({ name, state, reason, critical, excluded }: JudgedCheck): string {
  if (excluded) return `[+]${name} excluded: ok`;
  if (state === 'up') return `[+]${name} ok`;
  return `[-]${name} failed: ${reason ?? state}${critical ? '' : ' (not critical)'}`;
}
