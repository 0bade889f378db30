import type { DynamicModule, ForwardReference, Type } from '@nestjs/common';
import { CoreMissingError, CoreTwiceError } from './core.errors.js';
import { type CoreDynamicModule, EggyCoreModule } from './core.module.js';
import type { EggyCoreOptions } from './core.options.js';

type Import = Type | DynamicModule | ForwardReference | Promise<DynamicModule> | undefined;

/**
 * The options given to `EggyCoreModule.forRoot()` anywhere below the root module, read from the `imports` metadata.
 *
 * @throws CoreTwiceError when two different forRoot() calls are found, CoreMissingError when there is none.
 */
export async function findCoreOptions(root: Type): Promise<EggyCoreOptions> {
  const found = new Set<EggyCoreOptions>();
  await visit(root, new Set(), found);
  const [options, second] = found;
  if (second) throw new CoreTwiceError();
  if (!options) throw new CoreMissingError(root.name);
  return options;
}

async function visit(given: Import, seen: Set<unknown>, found: Set<EggyCoreOptions>): Promise<void> {
  const resolved = await given;
  if (!resolved || seen.has(resolved)) return;
  seen.add(resolved);
  if ('forwardRef' in resolved) return visit(resolved.forwardRef() as Import, seen, found);
  if (isCore(resolved)) {
    found.add(resolved.coreOptions);
    return;
  }
  const type = 'module' in resolved ? resolved.module : resolved;
  const dynamic = 'module' in resolved ? (resolved.imports ?? []) : [];
  const fixed = (Reflect.getMetadata('imports', type) ?? []) as Import[];
  for (const next of [...fixed, ...dynamic]) await visit(next, seen, found);
}

function isCore(candidate: Type | DynamicModule): candidate is CoreDynamicModule {
  return 'module' in candidate && candidate.module === EggyCoreModule;
}
