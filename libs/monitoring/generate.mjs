// Writes the files that are made of other files: npm run generate. They are checked in, so that who reads the repository or
// installs the package finds them; a test tells when one is stale.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { grafanaDashboard, metricReference, prometheusRules, rulesYaml } from '@eggybyte/monitoring';
import { pageOutputs } from './page/build.mjs';

const WARNING = 'Made by `npm run generate` from the catalogue of metrics; change the generator, not this file.';

/** Each generated file, by its path from the workspace's root. */
export const outputs = {
  ...pageOutputs(),
  'libs/monitoring/deploy/grafana-dashboard.json': async () =>
    `${JSON.stringify(await grafanaDashboard(), undefined, 2)}\n`,
  'libs/monitoring/deploy/prometheus-rules.yml': async () =>
    `# ${WARNING}\n${await rulesYaml(await prometheusRules())}`,
  'libs/observability/METRICS.md': async () => `<!-- ${WARNING} -->\n\n${await metricReference()}`,
};

// The test requires this file, which no top-level await may be in.
if (import.meta.main) void writeAll();

async function writeAll() {
  for (const [path, make] of Object.entries(outputs)) {
    const file = fileURLToPath(new URL(`../../${path}`, import.meta.url));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, await make());
    process.stdout.write(`${path}\n`);
  }
}
