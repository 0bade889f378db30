import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

const HASH = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/** The commit that is checked out around `directory`; `undefined` where there is no repository. Never rejects. */
export async function gitCommit(directory: string): Promise<string | undefined> {
  for (let at = resolve(directory); ; at = dirname(at)) {
    const folder = await gitFolder(join(at, '.git'));
    if (folder !== undefined) return headOf(folder);
    if (at === dirname(at)) return undefined;
  }
}

/** A work tree beside the main one has a file there, which names its folder. */
async function gitFolder(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return found && path;
  const named = /^gitdir: (.+)$/m.exec(await textOf(path))?.[1];
  return named === undefined ? undefined : resolve(dirname(path), named);
}

async function headOf(folder: string): Promise<string | undefined> {
  const head = await textOf(join(folder, 'HEAD'));
  const ref = /^ref: (refs\/\S+)$/.exec(head)?.[1];
  if (ref === undefined) return hashOrNothing(head);
  const common = resolve(folder, await textOf(join(folder, 'commondir')));
  const own = (await textOf(join(folder, ref))) || (await textOf(join(common, ref)));
  return hashOrNothing(own) ?? packed(await textOf(join(common, 'packed-refs')), ref);
}

function packed(refs: string, ref: string): string | undefined {
  const line = refs.split('\n').find((one) => one.endsWith(` ${ref}`));
  return hashOrNothing(line?.split(' ')[0] ?? '');
}

function hashOrNothing(text: string): string | undefined {
  return HASH.test(text) ? text : undefined;
}

/** Without the line's end; empty where there is no such file. */
async function textOf(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.trim();
}
