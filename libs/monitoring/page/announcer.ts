import type { CheckReport, OverviewReport } from '../src/overview/overview-report.js';
import { byId, setText } from './element.js';
import { reasonInWords, verdictOn } from './verdict.js';

/** Tells a screen reader what changed: the state and the checks, and nothing of what changes each second. */
export class Announcer {
  readonly #region = byId('announcements');
  #word: string | undefined;
  #checks = new Map<string, string>();

  follow(report: OverviewReport): void {
    const { word } = verdictOn(report);
    const news = report.checks.filter(({ name, state }) => (this.#checks.get(name) ?? state) !== state).map(inWords);
    if (this.#word !== undefined && this.#word !== word) news.unshift(`The service is ${word.toLowerCase()}.`);
    this.#word = word;
    this.#checks = new Map(report.checks.map(({ name, state }) => [name, state]));
    if (news.length > 0) this.say(news.join(' '));
  }

  say(text: string): void {
    setText(this.#region, text);
  }
}

function inWords({ name, state, reason }: CheckReport): string {
  return `Check ${name} is ${state}${reason ? `: ${reasonInWords(reason)}` : ''}.`;
}
