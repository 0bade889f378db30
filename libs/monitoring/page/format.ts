const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Stands where nothing tells. */
export const NOTHING = '–';

/** Three digits at most where that loses nothing that matters: 0.4, 12.3, 1234. */
export function number(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  return size < 0.1 ? value.toFixed(2) : size < 100 ? trimmed(value.toFixed(1)) : value.toFixed(0);
}

export function perSecond(value: number): string {
  return `${number(value)}/s`;
}

export function percent(share: number): string {
  return `${trimmed((share * 100).toFixed(1))} %`;
}

/** How long something took: 0.4 ms, 12.3 ms, 1.2 s, 2 min 5 s. */
export function took(milliseconds: number): string {
  if (milliseconds < 100) return `${number(milliseconds)} ms`;
  if (milliseconds < SECOND) return `${milliseconds.toFixed(0)} ms`;
  if (milliseconds < 10 * SECOND) return `${trimmed((milliseconds / SECOND).toFixed(2))} s`;
  if (milliseconds < MINUTE) return `${trimmed((milliseconds / SECOND).toFixed(1))} s`;
  return age(milliseconds);
}

/** How long something lasts, by its two largest units. */
export function age(milliseconds: number): string {
  const ms = Math.max(0, milliseconds);
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return pair(ms, MINUTE, 'min', SECOND, 's');
  if (ms < DAY) return pair(ms, HOUR, 'h', MINUTE, 'min');
  return pair(ms, DAY, 'd', HOUR, 'h');
}

/** Powers of 1024, as `1mb` of the configuration. */
export function bytes(value: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let size = value;
  while (size >= 1024 && units.length > 1) {
    size /= 1024;
    units.shift();
  }
  return `${number(size)} ${units[0]}`;
}

/** The reader's own time; the day where it is not today. */
export function clock(time: number, now: number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return NOTHING;
  const text = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
  const isToday = date.toDateString() === new Date(now).toDateString();
  return isToday ? text : `${date.getDate()} ${date.toLocaleDateString('en', { month: 'short' })} ${text}`;
}

export function iso(time: number): string {
  return Number.isFinite(time) ? new Date(time).toISOString() : '';
}

/** `1 check`, `3 checks`. */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}

function pair(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)} ${largeName}${rest > 0 ? ` ${rest} ${smallName}` : ''}`;
}

function trimmed(text: string): string {
  return text.replace(/\.0+$/, '');
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
