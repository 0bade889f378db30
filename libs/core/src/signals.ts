/**
 * `node --import @eggybyte/core/signals dist/main.js`: takes SIGTERM and SIGINT while modules are still being loaded,
 * which is more than half of the start of a service. Without it such a signal kills the process without a word, and as
 * PID 1 of a container it is lost: the kernel drops it, and the service starts although it was told to stop.
 */
import { listenEarly } from './early-signals.js';

listenEarly();
