import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { CHROMIUM, requireBinary } from './binaries.js';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** What a page did that nobody sees on it. */
export interface PageWatch {
  /** Errors of the console, broken policies and exceptions among them. */
  readonly errors: string[];
  /** Addresses asked for that are not of the page's own origin. */
  readonly foreign: string[];
}

/** The system's Chromium, in a folder of its own that goes away with it. */
export function startChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: requireBinary(...CHROMIUM), args: FLAGS });
}

/** @param origin the only one that the page may ask */
export function watchPage(page: Page, origin: string): PageWatch {
  const watch: PageWatch = { errors: [], foreign: [] };
  page.on('console', (message) => message.type() === 'error' && watch.errors.push(message.text()));
  page.on('pageerror', (error) => watch.errors.push(error.message));
  page.on('dialog', (dialog) => {
    watch.errors.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith('data:')) watch.foreign.push(url);
  });
  return watch;
}

/** For people: written only where EGGY_TEST_SCREENSHOTS names a folder. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env['EGGY_TEST_SCREENSHOTS'];
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
