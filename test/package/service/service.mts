import { bootstrap, EggyCoreModule } from '@eggybyte/core';
import { Controller, Get, Module } from '@nestjs/common';

@Controller()
class GreetingController {
  @Get('greeting')
  greet(): { text: string } {
    return { text: 'hello from ESM' };
  }
}

@Module({ imports: [EggyCoreModule.forRoot()], controllers: [GreetingController] })
class AppModule {}

await bootstrap(AppModule);
