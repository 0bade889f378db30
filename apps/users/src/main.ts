import { bootstrap } from '@eggybyte/core';
import { AppModule } from './app.module.js';

await bootstrap(AppModule);
