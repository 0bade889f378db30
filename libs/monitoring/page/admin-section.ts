import { byId, show } from './element.js';
import type { Session } from './session.js';

/** A part of the page that one admin path tells; hidden where the service does not have it. */
export class AdminSection<Report> {
  #isAsking = false;
  #askAgain = false;

  constructor(
    private readonly session: Session,
    private readonly path: string,
    private readonly sectionId: string | undefined,
    private readonly onReport: (report: Report) => void,
  ) {}

  /** Asks; whoever asks meanwhile gets one more answer, and never two at a time. */
  async refresh(): Promise<void> {
    this.#askAgain = true;
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      while (this.#askAgain) {
        this.#askAgain = false;
        await this.#ask();
      }
    } catch {
      // What is known stays; the connection tells that nobody answers.
    } finally {
      this.#isAsking = false;
    }
  }

  async #ask(): Promise<void> {
    const { status, body } = await this.session.get(this.path);
    if (status === 200) this.onReport(body as Report);
    if (this.sectionId !== undefined && (status === 200 || status === 404)) {
      show(byId(this.sectionId), status === 200);
      for (const link of document.querySelectorAll<HTMLElement>(`nav a[href="#${this.sectionId}"]`)) {
        show(link, status === 200);
      }
    }
  }
}
