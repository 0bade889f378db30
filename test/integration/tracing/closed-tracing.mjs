// Makes two spans for RECEIVER, the first long before the second, closes its tracing, and tells what holds the process.
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { runInContext } from '@eggybyte/observability';
import { Tracing } from '@eggybyte/tracing';

const tracing = new Tracing({ url: process.env.RECEIVER, serviceName: 'script', scheduleDelay: '1ms' });
await tracing.open();
runInContext({}, () => undefined, { name: 'early' });
await sleep(100);
runInContext({}, () => undefined, { name: 'late' });
await tracing.close('200ms');
// A socket that was destroyed is closed at the end of a turn.
for (let turn = 0; turn < 3; turn++) await nextTurn();
const holds = process.getActiveResourcesInfo().filter((name) => /^T(?:imeout|CP|LS)/.test(name));
process.stdout.write(`${JSON.stringify({ msg: 'closed', holds })}\n`);
