// Runs the rings of tests and ends with one plain line: `N passed, N failed` (and `, N skipped` if any).
//   node test/run.mjs                     every ring
//   node test/run.mjs unit architecture   these rings
//   node test/run.mjs unit libs/cache     what is no ring goes to Jest
// What did not run counts as failed: a suite that does not load, a build that breaks, a Jest that hangs, no test at all.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const workspace = dirname(dirname(fileURLToPath(import.meta.url)));
const results = join(workspace, '.cache', `test-results-${process.pid}.json`);

const RINGS = ['unit', 'integration', 'e2e', 'package', 'architecture'];
/** These run what ships, so it has to be built first. */
const NEED_BUILD = new Set(['integration', 'e2e', 'package']);
/** Against a run that hangs: far above what one takes, as a slow machine makes no run wrong. */
const WHOLE_RUN_LIMIT = 40 * 60_000;
/** From the results being written to the end of Jest; longer means that a test left something open. */
const EXIT_LIMIT = 30_000;

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  console.error(`The tests need Node 22.15 or newer and this is ${process.version}. Fix: start them by \`npm test\`.`);
  process.exit(2);
}
const given = process.argv.slice(2);
const firstOther = given.findIndex((argument) => !RINGS.includes(argument));
const rings = firstOther === -1 ? given : given.slice(0, firstOther);
const jestArguments = firstOther === -1 ? [] : given.slice(firstOther);
const selected = rings.length > 0 ? rings : RINGS;

if (selected.some((ring) => NEED_BUILD.has(ring))) {
  const build = await run(['node_modules/typescript/bin/tsc', '-b']);
  if (build !== 0) end({ failed: 1, why: 'The build failed, so no test ran.' });
}
mkdirSync(dirname(results), { recursive: true });
// The tests start some hundred programs that load the same modules.
process.env.NODE_COMPILE_CACHE ??= join(workspace, '.cache/compiled');
const jestCommand = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
  ...jestArguments,
  '--config=test/jest.config.mjs',
  `--maxWorkers=${Math.max(2, Math.floor(availableParallelism() / 2))}`,
  '--json',
  `--outputFile=${results}`,
  '--selectProjects',
  ...selected,
];
report(await run(jestCommand, watchExit));

/** Jest's exit code and its results have to agree. */
function report(jestCode) {
  if (!existsSync(results)) end({ failed: 1, why: 'Jest ended without results.' });
  const jest = JSON.parse(readFileSync(results, 'utf8'));
  rmSync(results);
  const passed = jest.numPassedTests;
  const failed = jest.numFailedTests + jest.numRuntimeErrorTestSuites;
  const skipped = jest.numPendingTests + jest.numTodoTests;
  if (passed + failed === 0) end({ skipped, why: 'No test ran.', broken: true });
  if (failed === 0 && jestCode !== 0) end({ passed, failed: 1, skipped, why: `Jest ended with ${jestCode}.` });
  end({ passed, failed, skipped });
}

function end({ passed = 0, failed = 0, skipped = 0, why, broken = failed > 0 }) {
  if (why) console.log(`\n${why}`);
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exit(broken ? 1 : 0);
}

/** Runs node with these arguments in the workspace; resolves to its exit code or the signal that ended it. */
function run(nodeArguments, watch) {
  // A process group of its own, so that Jest's workers go with it.
  const child = spawn(process.execPath, nodeArguments, { cwd: workspace, stdio: ['ignore', 1, 1], detached: true });
  const pass = (signal) => process.kill(-Number(child.pid), signal);
  const unwatch = watch?.(() => pass('SIGKILL'));
  process.on('SIGINT', pass).on('SIGTERM', pass);
  return new Promise((resolve) => {
    child.once('close', (exitCode, signal) => {
      unwatch?.();
      process.off('SIGINT', pass).off('SIGTERM', pass);
      resolve(signal ?? exitCode);
    });
  });
}

/** Ends a Jest that takes too long in all, or that does not exit although its results are written. */
function watchExit(kill) {
  const start = performance.now();
  let written;
  const timer = setInterval(() => {
    if (written === undefined && existsSync(results)) written = performance.now();
    const hangs = written !== undefined && performance.now() - written > EXIT_LIMIT;
    if (!hangs && performance.now() - start < WHOLE_RUN_LIMIT) return;
    console.log(hangs ? '\nJest does not exit: a test leaves something open.' : '\nThe tests take too long.');
    kill();
  }, 1000);
  return () => clearInterval(timer);
}
