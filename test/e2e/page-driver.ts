import { afterAll, afterEach, beforeAll } from '@jest/globals';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { type PageWatch, startChromium, watchPage } from '../support/chromium.js';
import { waitUntil } from '../support/wait-until.js';

/** A start of the service, or a missed heartbeat, on a busy machine. */
export const PATIENCE = { timeout: 25_000 };
const LOOK_MS = 1000;
/** What Chromium itself tells about a service that is not there, and about an answer to a mistake in a form. */
const EXPECTED =
  /net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE)|status of 40[04]/;

/** One Chromium for a test file; whatever a page does, it breaks no policy, tells no error and asks nobody else. */
export class PageDriver {
  readonly #opened: { page: Page; watch: PageWatch }[] = [];
  #browser: Browser | undefined;

  constructor(private readonly origin: () => string) {
    beforeAll(async () => {
      this.#browser = await startChromium();
    });
    afterEach(() => this.#closePages());
    afterAll(() => this.#browser?.close());
  }

  /** A page in a context of its own, which is closed at the end of the test. */
  async blank(options: BrowserContextOptions = {}): Promise<Page> {
    if (!this.#browser) throw new Error('the browser is not running');
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE.timeout);
    this.#opened.push({ page, watch: watchPage(page, this.origin()) });
    return page;
  }

  /** The page of the service, as soon as it is live. */
  async open(options: BrowserContextOptions = {}): Promise<Page> {
    const page = await this.blank(options);
    await page.goto(`${this.origin()}/`);
    await page.locator('#link', { hasText: 'Live' }).waitFor();
    await section(page, 'Configuration').waitFor();
    return page;
  }

  async #closePages(): Promise<void> {
    const opened = this.#opened.splice(0);
    await Promise.all(opened.map(({ page }) => page.context().close()));
    const errors = opened.flatMap(({ watch }) => watch.errors).filter((text) => !EXPECTED.test(text));
    const foreign = opened.flatMap(({ watch }) => watch.foreign);
    if (errors.length > 0) throw new Error(`A page told errors:\n${errors.join('\n')}`);
    if (foreign.length > 0) throw new Error(`A page asked others than its service: ${foreign.join(', ')}`);
  }
}

/** A part of the page by its heading, as a screen reader names it. */
export function section(page: Page, name: string): Locator {
  return page.getByRole('region', { name, exact: true });
}

/** Waits until a place of the page tells something. */
export async function shows(place: Locator, text: string | RegExp): Promise<void> {
  const isThere = async (): Promise<boolean> => {
    const told = (await place.textContent({ timeout: LOOK_MS })) ?? '';
    return typeof text === 'string' ? told.includes(text) : text.test(told);
  };
  await waitUntil(isThere, { ...PATIENCE, what: `${text}` }).catch(async (cause: unknown) => {
    const told = await place.textContent({ timeout: LOOK_MS }).catch(String);
    throw new Error(`Waited in vain for ${text}; it tells: ${told}`, { cause });
  });
}

/** The texts of a table's body, row by row. */
export async function rowsOf(table: Locator): Promise<string[][]> {
  return table.locator('tbody tr:visible').evaluateAll((rows) => {
    return rows.map((row) =>
      [...row.children].map((cell) => (cell as unknown as { innerText: string }).innerText.replace(/\s+/g, ' ').trim()),
    );
  });
}
