import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SECRET_NAME = /(?:^|_)(?:TOKEN|SECRET|PASSWORD|KEY)$/;
const DSN_NAME = /_?DSN$/;
/** `user:password@` as far as the last `@`, with or without a scheme before it. */
const CREDENTIALS = /^(?:[a-z][a-z0-9+.-]*:\/\/)?[^:@]*:(.*)@/is;
/** A shorter text may well stand in a record by chance. */
const SHORTEST = 6;

/** The secrets among the variables of a program: of those whose names say so, and the passwords of DSNs. */
function secretsOf(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).flatMap(([name, value]) => {
    if (SECRET_NAME.test(name)) return [value];
    const password = DSN_NAME.test(name) ? CREDENTIALS.exec(value)?.[1] : undefined;
    return password === undefined ? [] : [password, decoded(password)];
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Names of the variables whose secrets stand in what a program wrote, also as JSON or a URL writes them. */
export function leakedSecrets(written: string, env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).flatMap(([name, value]) => {
    const forms = secretsOf({ [name]: value }).flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      JSON.stringify(secret).slice(1, -1),
    ]);
    return forms.some((form) => form.length >= SHORTEST && written.includes(form)) ? [name] : [];
  });
}

/** The variables of a program with those that it is given by files: `NAME_FILE`, and a mounted directory. */
export function withFiles(env: Readonly<Record<string, string>>): Record<string, string> {
  const directory = env['CONFIG_DIR'];
  const mounted = directory ? namesIn(directory).map((name) => [name, join(directory, name)] as const) : [];
  const named = Object.entries(env).flatMap(([name, path]) => {
    const [, variable] = /^(.+)_FILE$/.exec(name) ?? [];
    return variable === undefined ? [] : [[variable, path] as const];
  });
  const files = [...mounted, ...named].map(([name, path]) => [name, textOf(path)] as const);
  return { ...Object.fromEntries(files), ...env };
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => !name.startsWith('.'));
  } catch {
    return [];
  }
}

/** What cannot be read was not given. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch {
    return '';
  }
}
