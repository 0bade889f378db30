/** Takes an event stream in pieces as they arrive, and gives the data of every message that is complete. */
export class EventStreamParser {
  #rest = '';
  #data: string[] = [];

  feed(piece: string): string[] {
    const lines = (this.#rest + piece).split(/\r\n|\n|\r/);
    this.#rest = lines.pop() ?? '';
    const messages: string[] = [];
    for (const line of lines) {
      if (line.startsWith('data:')) this.#data.push(line.slice(line.startsWith('data: ') ? 6 : 5));
      else if (line === '' && this.#data.length > 0) messages.push(this.#data.splice(0).join('\n'));
    }
    return messages;
  }
}
