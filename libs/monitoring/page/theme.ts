import { byId, setAttribute, setText } from './element.js';

const THEMES = ['auto', 'light', 'dark'] as const;
const KEY = 'eggybyte-theme';

/** Light or dark, as the system says or as the reader does. */
export function followTheme(): void {
  const button = byId('theme');
  let theme = THEMES.find((name) => name === stored()) ?? 'auto';
  const apply = (): void => {
    setAttribute(document.documentElement, 'data-theme', theme === 'auto' ? undefined : theme);
    setText(button, `Theme: ${theme}`);
  };
  button.addEventListener('click', () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'auto';
    store(theme);
    apply();
  });
  apply();
}

/** A browser may keep nothing for a page; the choice then lasts until it is closed. */
function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function store(theme: string): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // As above.
  }
}
