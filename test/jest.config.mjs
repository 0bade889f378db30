import { fileURLToPath } from 'node:url';

const workspace = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

// Nest 12 ships ES modules while some of its companions require() it in a cycle, which native ESM Jest cannot resolve.
// So TypeScript is compiled to CommonJS, node runs with --experimental-vm-modules (ES packages are required natively),
// and workspace packages resolve to their source: no build is needed for the unit ring.
const swc = {
  swcrc: false,
  sourceMaps: 'inline',
  jsc: {
    target: 'es2023',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    keepClassNames: true,
  },
  module: { type: 'commonjs' },
};

/** A ring of tests: its name, where its tests stand, and what differs from the other rings. */
const ring = (displayName, testMatch, more = {}) => ({
  displayName,
  rootDir: workspace,
  roots: ['<rootDir>/libs', '<rootDir>/apps', '<rootDir>/test'],
  testMatch: testMatch.map((glob) => `<rootDir>/${glob}`),
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/\\.cache/'],
  modulePathIgnorePatterns: ['<rootDir>/[^/]+/[^/]+/dist/', '<rootDir>/\\.cache/'],
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@eggybyte/source', 'node', 'require', 'default'] },
  injectGlobals: false,
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  ...more,
});

const servers = {
  globalSetup: `${workspace}/test/support/global-setup.mjs`,
  globalTeardown: `${workspace}/test/support/global-teardown.mjs`,
};

export default {
  rootDir: workspace,
  // Only looked at with --coverage (npm run coverage); decorators' metadata adds branches that no test can take.
  collectCoverageFrom: ['libs/*/src/**/*.ts', '!**/*.spec.ts', '!**/index.ts'],
  coverageDirectory: `${workspace}/coverage`,
  coverageReporters: ['text-summary', 'lcovonly', 'json-summary'],
  coverageThreshold: { global: { lines: 95, branches: 85 } },
  // Real servers and processes take their time on a busy machine. Jest takes this from here only, not from a project.
  testTimeout: 30_000,
  projects: [
    ring('unit', ['libs/**/*.spec.ts', 'apps/**/*.spec.ts']),
    ring('integration', ['test/integration/**/*.int-spec.ts'], servers),
    ring('e2e', ['test/e2e/**/*.e2e-spec.ts'], servers),
    ring('package', ['test/package/**/*.pkg-spec.ts']),
    ring('architecture', ['test/architecture/**/*.spec.ts']),
  ],
};
