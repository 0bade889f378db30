import { Body, Controller, Post } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { collectGarbage } from '../../support/collect-garbage.js';
import { FRAMEWORKS, keepAlive, startWorld } from './http-world.js';

const bodies: WeakRef<object>[] = [];

@Controller()
class BodiesController {
  @Post('bodies')
  create(@Body() body: object): string {
    bodies.push(new WeakRef(body));
    return 'read';
  }
}

describe.each(FRAMEWORKS)('an idle connection on %s', (framework) => {
  it('keeps nothing of the request that was answered on it', async () => {
    bodies.length = 0;
    const world = await startWorld(framework, { controllers: [BodiesController] });
    const agents = Array.from({ length: 10 }, keepAlive);
    for (const agent of agents) await world.send('/bodies', { method: 'POST', body: { a: 1 }, agent });
    await world.untilInflight(0);
    await world.untilConnected(agents.length);
    await collectGarbage();
    expect(bodies).toHaveLength(agents.length);
    expect(bodies.filter((body) => body.deref()).length).toBeLessThan(3);
  });
});
