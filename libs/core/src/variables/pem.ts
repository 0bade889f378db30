/** Certificates as text. Who gives a path is told how a file is named. */
export function certificates(name: string) {
  return {
    optional: true,
    pattern: /-----BEGIN CERTIFICATE-----/,
    expected: `certificates in PEM (${name}_FILE names a file that holds them)`,
  } as const;
}

export function privateKey(name: string) {
  return {
    optional: true,
    pattern: /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/,
    expected: `a private key in PEM without a passphrase (${name}_FILE names a file that holds it)`,
  } as const;
}
