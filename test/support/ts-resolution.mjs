import { registerHooks } from 'node:module';

// Outside of Jest's own loader node runs TypeScript by stripping the types, but takes `./x.js` literally.
registerHooks({
  resolve(specifier, context, next) {
    try {
      return next(specifier, context);
    } catch (error) {
      if (!/^\.{1,2}\/.*\.js$/.test(specifier)) throw error;
      return next(specifier.replace(/\.js$/, '.ts'), context);
    }
  },
});
