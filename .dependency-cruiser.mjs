import { readFileSync } from 'node:fs';

/** The floors and the third-party families of the house; test/architecture reads the same file. */
const house = JSON.parse(readFileSync(new URL('./test/architecture/house.json', import.meta.url), 'utf8'));

const SPEC = '\\.spec\\.ts$';
/** What makes files that are checked in, by tools of the workspace. */
const MAKER = '^libs/[^/]+/(page/build|generate)\\.mjs$';
const libs = house.floors.flat();

const rules = libs.flatMap((lib) => {
  const floor = house.floors.findIndex((names) => names.includes(lib));
  const mayImport = [lib, ...house.floors.slice(0, floor).flat()];
  const thirdParty = [...house.everyLib, ...(house.families[lib] ?? [])];
  return [
    {
      name: `${lib}-only-imports-down`,
      comment: `Floors, lowest first: ${house.floors.map((names) => names.join(', ')).join(' | ')}.`,
      severity: 'error',
      from: { path: `^libs/${lib}/` },
      to: { path: '^(libs|apps|test)/', pathNot: `^libs/(${mayImport.join('|')})/` },
    },
    {
      name: `${lib}-stays-out-of-others-insides`,
      comment: 'Another lib is imported by its package name, which leads to its index.ts.',
      severity: 'error',
      from: { path: `^libs/${lib}/` },
      to: { path: '^libs/', pathNot: [`^libs/${lib}/`, '^libs/[^/]+/src/index\\.ts$'] },
    },
    {
      name: `${lib}-no-relative-way-to-another-lib`,
      comment: 'Another lib is imported by its package name, never by a relative path.',
      severity: 'error',
      from: { path: `^libs/${lib}/` },
      to: { path: '^libs/', pathNot: `^libs/${lib}/`, dependencyTypes: ['local'], dependencyTypesNot: ['aliased'] },
    },
    {
      name: `${lib}-third-party`,
      comment: `A third-party family appears in one lib; ${lib} may import ${thirdParty.join(', ')}.`,
      severity: 'error',
      from: { path: `^libs/${lib}/`, pathNot: [SPEC, MAKER] },
      to: { path: '(^|/)node_modules/', pathNot: thirdParty.map(inNodeModules) },
    },
  ];
});

/** A package's folder, also where it is only there for its types. */
function inNodeModules(name) {
  const folder = name.replace(/\/\*$/, '/[^/]+').replaceAll('.', '\\.');
  return `(^|/)node_modules/(${folder}|@types/${folder})/`;
}

export default {
  forbidden: [
    ...rules,
    {
      name: 'unknown-lib',
      comment: 'A new lib takes its place on a floor in test/architecture/house.json.',
      severity: 'error',
      from: {},
      to: { path: '^libs/', pathNot: `^libs/(${libs.join('|')})/` },
    },
    {
      name: 'apps-import-packages',
      comment: 'Apps use the suite as its users do, and never each other.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^(libs|apps|test)/', pathNot: ['^apps/$1/', '^libs/[^/]+/src/index\\.ts$'] },
    },
    {
      name: 'tests-import-packages',
      comment: 'The rings in test/ see what users see; a test of insides is a spec beside its source.',
      severity: 'error',
      from: { path: '^test/' },
      to: { path: '^libs/', pathNot: '^libs/[^/]+/src/index\\.ts$' },
    },
    {
      name: 'no-relative-way-into-a-lib',
      comment: 'A lib is imported by its package name.',
      severity: 'error',
      from: { path: '^(apps|test)/' },
      to: { path: '^libs/', dependencyTypes: ['local'], dependencyTypesNot: ['aliased'] },
    },
    {
      name: 'not-resolvable',
      comment:
        'The import leads nowhere, or to a package that no manifest lists. The benchmarks install theirs by themselves.',
      severity: 'error',
      from: { pathNot: '^test/bench/contenders/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'no-circular',
      comment: 'Files that need each other are one file, or three. Types may.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-spec-import',
      comment: 'What two specs share stands in a file of its own.',
      severity: 'error',
      from: {},
      to: { path: '[.-]spec\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|\\.cache)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@eggybyte/source', 'import', 'node', 'default', 'require', 'types'],
    },
  },
};
