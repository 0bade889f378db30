const ANY = new Set(['0.0.0.0', '::', '']);

/** The address of a server as a person would type it: "any address" becomes the loopback address. */
export function urlOf(host: string, port: number): string {
  if (ANY.has(host)) return `http://127.0.0.1:${port}`;
  return host.includes(':') ? `http://[${host}]:${port}` : `http://${host}:${port}`;
}
