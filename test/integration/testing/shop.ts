import { Controller, Get, Injectable, Module, Post, Redirect } from '@nestjs/common';
import {
  type BackgroundService,
  type Counter,
  EggyCoreModule,
  HealthChecker,
  type Histogram,
  Metrics,
  Service,
} from '@eggybyte/core';

@Injectable()
export class Sales {
  readonly sold: Counter<'channel' | 'country'>;
  readonly sizes: Histogram;

  constructor(metrics: Metrics) {
    this.sold = metrics.counter('shop_sold_total', 'Products sold', ['channel', 'country']);
    this.sizes = metrics.histogram('shop_basket_size', 'Products of a sale', { buckets: [1, 10] });
    const stock = metrics.gauge('shop_stock', 'Products left', ['shelf']);
    stock.set({ shelf: 'a' }, 4);
    stock.set({ shelf: 'b' }, 5);
  }
}

@Controller()
class Till {
  constructor(private readonly sales: Sales) {}

  @Post('sales')
  sell(): { sold: true } {
    this.sales.sold.inc({ channel: 'web', country: 'de' });
    this.sales.sizes.observe(3);
    return { sold: true };
  }

  @Get('moved')
  @Redirect('/elsewhere', 302)
  moved(): void {}
}

/** A dependency that works as the test says, and how often it was asked. */
@HealthChecker({ name: 'search', interval: '1h' })
export class SearchHealth implements HealthChecker {
  asked = 0;

  async check(): Promise<void> {
    this.asked++;
  }
}

@HealthChecker({ name: 'mails', critical: false, interval: '1h' })
class MailHealth implements HealthChecker {
  async check(): Promise<void> {}
}

@Service()
export class Consumer implements BackgroundService {
  draining = false;

  async run(signal: AbortSignal): Promise<void> {
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    this.draining = true;
  }
}

@Module({
  imports: [EggyCoreModule.forRoot({ database: false, cache: false })],
  controllers: [Till],
  providers: [Sales, SearchHealth, MailHealth, Consumer],
})
export class ShopModule {}
