import core = require('@eggybyte/core');
import nest = require('@nestjs/common');

@nest.Controller()
class GreetingController {
  @nest.Get('greeting')
  greet(): { text: string } {
    return { text: 'hello from CommonJS' };
  }
}

@nest.Module({ imports: [core.EggyCoreModule.forRoot()], controllers: [GreetingController] })
class AppModule {}

void core.bootstrap(AppModule);
