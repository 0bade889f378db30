import { Global, Module, type OnApplicationShutdown, Optional } from '@nestjs/common';
import { Launcher } from '@eggybyte/lifecycle';
import { Metrics, Tracer } from '@eggybyte/observability';
import { OutgoingCalls } from './outgoing-calls.js';

/** Lets outgoing HTTP calls carry request id and trace, and measures them, for as long as the application runs. */
@Global()
@Module({
  providers: [
    {
      provide: OutgoingCalls,
      inject: [Metrics, Tracer].map((token) => ({ token, optional: true })),
      useFactory: (metrics?: Metrics, tracer?: Tracer) => new OutgoingCalls({ metrics, tracer }),
    },
  ],
})
export class EggyHttpClientModule implements OnApplicationShutdown {
  readonly #following: Disposable;

  constructor(
    calls: OutgoingCalls,
    @Optional() private readonly launcher?: Launcher,
  ) {
    this.#following = calls.follow();
    // Also a start that fails in the middle, whose hooks nobody calls, lets go of the channels of the process.
    launcher?.events.onEvent((event) => {
      if (event.kind === 'state.changed' && event.to === 'stopped') this.#following[Symbol.dispose]();
    });
  }

  /** Nest calls it after HTTP has drained; what a launcher closes later may call somebody yet. */
  onApplicationShutdown(): void {
    if (!this.launcher) this.#following[Symbol.dispose]();
  }
}
