import { describe, expect, it } from '@jest/globals';
import { forwardRef, Module } from '@nestjs/common';
import { CoreMissingError, CoreTwiceError } from './core.errors.js';
import { EggyCoreModule } from './core.module.js';
import { findCoreOptions } from './find-core-options.js';

const options = { values: { PORT: 3000 } };

describe(findCoreOptions, () => {
  it('finds them in the root module', async () => {
    @Module({ imports: [EggyCoreModule.forRoot(options)] })
    class Root {}
    expect(await findCoreOptions(Root)).toBe(options);
  });

  it('finds them below dynamic modules, promises and forward references, in circles too', async () => {
    @Module({ imports: [EggyCoreModule.forRoot(options)] })
    class Deep {}
    @Module({})
    class Dynamic {}
    @Module({ imports: [Promise.resolve({ module: Dynamic, imports: [Deep, forwardRef(() => Root)] })] })
    class Middle {}
    @Module({ imports: [forwardRef(() => Middle)] })
    class Root {}
    expect(await findCoreOptions(Root)).toBe(options);
  });

  it('takes one call that several modules import for one', async () => {
    const core = EggyCoreModule.forRoot(options);
    @Module({ imports: [core] })
    class Feature {}
    @Module({ imports: [core, Feature] })
    class Root {}
    expect(await findCoreOptions(Root)).toBe(options);
  });

  it('refuses two calls', async () => {
    @Module({ imports: [EggyCoreModule.forRoot()] })
    class Feature {}
    @Module({ imports: [EggyCoreModule.forRoot(), Feature] })
    class Root {}
    await expect(findCoreOptions(Root)).rejects.toThrow(CoreTwiceError);
  });

  it('says where the import is missing', async () => {
    @Module({})
    class Root {}
    await expect(findCoreOptions(Root)).rejects.toThrow(CoreMissingError);
    await expect(findCoreOptions(Root)).rejects.toThrow(/`Root`/);
  });
});
