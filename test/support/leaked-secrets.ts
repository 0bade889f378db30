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
