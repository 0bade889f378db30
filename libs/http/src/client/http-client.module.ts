import { Global, Inject, Module, type OnApplicationShutdown, Optional } from '@nestjs/common';
import { Launcher } from '@eggybyte/lifecycle';
import { Metrics, Tracer } from '@eggybyte/observability';
import { OutgoingCalls } from './outgoing-calls.js';

const FOLLOWING = Symbol('eggybyte:http:following');

/** Nothing is opened. */
const FOLLOW_MS = 1000;

/** Lets outgoing HTTP calls carry request id and trace, and measures them, for as long as the application runs. */
@Global()
@Module({
  providers: [
    {
      provide: OutgoingCalls,
      inject: [Metrics, Tracer].map((token) => ({ token, optional: true })),
      useFactory: (metrics?: Metrics, tracer?: Tracer) => new OutgoingCalls({ metrics, tracer }),
    },
    {
      provide: FOLLOWING,
      inject: [OutgoingCalls, { token: Launcher, optional: true }],
      useFactory: (calls: OutgoingCalls, launcher?: Launcher) =>
        launcher
          ? // Also a start that fails in the middle lets go of the channels, which are the process's own.
            launcher.initialize('outgoing calls', FOLLOW_MS, async () => calls.follow(), letGo)
          : calls.follow(),
    },
  ],
})
export class EggyHttpClientModule implements OnApplicationShutdown {
  constructor(
    @Inject(FOLLOWING) private readonly following: Disposable,
    @Optional() @Inject(Launcher) private readonly launcher?: Launcher,
  ) {}

  /** Nest calls it after HTTP has drained. */
  async onApplicationShutdown(): Promise<void> {
    if (!this.launcher) await letGo(this.following);
  }
}

async function letGo(following: Disposable): Promise<void> {
  following[Symbol.dispose]();
}
