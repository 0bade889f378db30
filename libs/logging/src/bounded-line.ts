/** Characters of one line. Only bindings of children can get there: what a record holds is bounded before. */
const LONGEST_LINE = 131_072;
const KEPT = ['level', 'time', 'service', 'environment', 'version', 'context', 'request_id', 'trace_id', 'span_id'];

/** A line that is too long keeps who wrote it and its message, and says that it was cut. */
export function boundedLine(line: string): string {
  if (line.length <= LONGEST_LINE) return line;
  const record = JSON.parse(line) as Record<string, unknown>;
  const kept = Object.fromEntries([...KEPT, 'msg'].map((name) => [name, record[name]]));
  return `${JSON.stringify({ ...kept, cut_from: line.length })}\n`;
}
