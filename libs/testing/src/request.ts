/** An answer, read to its end. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  /** Parsed where the answer is JSON, else its text. */
  // oxlint-disable-next-line typescript/no-explicit-any -- `unknown` would put a cast before every assertion
  body: any;
}

export async function request(
  url: string,
  method: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<Answer> {
  const json = body !== undefined && typeof body !== 'string';
  const answer = await fetch(url, {
    method,
    headers: { ...(json && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: json ? JSON.stringify(body) : body }),
  });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.includes('json') === true && text !== '';
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: isJson ? (JSON.parse(text) as unknown) : text,
  };
}
