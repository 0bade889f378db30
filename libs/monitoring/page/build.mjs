import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const HERE = import.meta.dirname;
/** What the page may be in all, so that it opens over a bad line as well. */
const MOST_BYTES = 150_000;

/** What `npm run generate` writes for the page, by its path from the workspace's root. */
export const pageOutputs = () => ({ 'libs/monitoring/src/page/page-html.ts': pageModule });

/** The page as one file of HTML in a module, with the hashes by which its policy lets its script and its style in. */
async function pageModule() {
  const [html, script, style] = await Promise.all([
    readFile(join(HERE, 'page.html'), 'utf8'),
    bundle('main.ts'),
    bundle('page.css'),
  ]);
  const page = withoutIndentation(html)
    .replace('<style></style>', () => `<style>${style}</style>`)
    .replace('<script></script>', () => `<script>${script}</script>`);
  const size = Buffer.byteLength(page);
  if (size > MOST_BYTES)
    throw new Error(`The page has ${size} bytes, and ${MOST_BYTES} are the most. Fix: leave something out.`);
  return `// Made by \`npm run generate\` of libs/monitoring/page; change that, not this file.

/** The page at \`/\`: one file without any outside resource. */
export const PAGE_HTML: string = ${JSON.stringify(page)};

/** Sources for the policy of the page's answer, of its only script and its only style. */
export const PAGE_SCRIPT_HASH = '${hashOf(script)}';
export const PAGE_STYLE_HASH = '${hashOf(style)}';
`;
}

async function bundle(file) {
  const { outputFiles } = await build({
    entryPoints: [join(HERE, file)],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: ['chrome120', 'firefox121', 'safari17.4'],
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'warning',
  });
  return outputFiles[0].text.trim();
}

function withoutIndentation(html) {
  return html
    .replace(/<!--(?!\s*prettier)[\s\S]*?-->/g, '')
    .replace(/\n\s+/g, '\n')
    .replace(/\n+/g, '\n');
}

function hashOf(text) {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
