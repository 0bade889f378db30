const MILLISECONDS = Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, '0'));

/** What all times of one second have in common: `2026-11-29T22:00:00.` */
export function upToMilliseconds(time: number): string {
  return new Date(time).toISOString().slice(0, -'000Z'.length);
}

/** `,"time":"…"` as pino puts it into a record. A time is made a text once a second, and gets its milliseconds then. */
export function recordTime(): () => string {
  let madeFor = Number.NaN;
  let upToSecond = '';
  return () => {
    const now = Date.now();
    const second = Math.floor(now / 1000);
    if (second !== madeFor) {
      madeFor = second;
      upToSecond = `,"time":"${upToMilliseconds(now)}`;
    }
    return `${upToSecond}${MILLISECONDS[now - second * 1000] ?? '000'}Z"`;
  };
}
