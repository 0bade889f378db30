/** Bytes of one line. Only bindings of children can get there: what a record holds is bounded before. */
const LONGEST_LINE = 131_072;
const KEPT = ['level', 'time', 'service', 'environment', 'version', 'context', 'request_id', 'trace_id', 'span_id'];
/** Ends of a line for Unicode, which JSON lets stand and some readers split a line at. */
const LINE_ENDS = /[\u0085\u2028\u2029]/g;

/**
 * One line for every reader. One that is too long keeps who wrote it and its message, and says that it was cut.
 *
 * @param longest bytes that it may have; a message alone may be longer, as messages are bounded before
 */
export function boundedLine(line: string, longest = LONGEST_LINE): string {
  const escaped = withoutLineEnds(line);
  // A character of a text has three bytes at most.
  if (escaped.length * 3 <= longest || Buffer.byteLength(escaped) <= longest) return escaped;
  const record = JSON.parse(line) as Record<string, unknown>;
  const kept = Object.fromEntries([...KEPT, 'msg'].map((name) => [name, record[name]]));
  return `${withoutLineEnds(JSON.stringify({ ...kept, cut_from: line.length }))}\n`;
}

function withoutLineEnds(line: string): string {
  return line.replaceAll(LINE_ENDS, (end) => `\\u${end.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
