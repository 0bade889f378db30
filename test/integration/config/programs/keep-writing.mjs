// Updates a volume of many keys every few milliseconds, all of them alike, until it is ended.
import { setTimeout as sleep } from 'node:timers/promises';
import { KubeletVolume } from '../../../support/kubelet-volume.ts';

const [directory, keys] = process.argv.slice(2);
const volume = new KubeletVolume(directory);
for (let count = 0; ; count += 1) {
  volume.write(Object.fromEntries(Array.from({ length: Number(keys) }, (_, key) => [`KEY_${key}`, String(count)])));
  await sleep(1 + (count % 4));
}
