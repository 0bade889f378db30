import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

export type Payload = Readonly<Record<string, string>>;

/**
 * A mounted ConfigMap or Secret, updated by the steps of the kubelet's AtomicWriter: a new timestamped directory, the
 * link `..data` renamed onto the old one, then the links that users see, then the old directory goes.
 */
export class KubeletVolume {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    mkdirSync(path, { recursive: true });
  }

  write(payload: Payload): void {
    const old = this.#target();
    const gone = readdirSync(this.path).filter((name) => !name.startsWith('..') && !Object.hasOwn(payload, name));
    if (old !== undefined && gone.length === 0 && this.#holds(old, payload)) return;
    const generation = this.#newGeneration();
    for (const [name, text] of Object.entries(payload)) writeFileSync(join(generation, name), text);
    chmodSync(generation, 0o755);
    const link = join(this.path, '..data_tmp');
    rmSync(link, { force: true });
    symlinkSync(generation.slice(this.path.length + 1), link);
    renameSync(link, join(this.path, '..data'));
    for (const name of Object.keys(payload)) this.#show(name);
    for (const name of gone) rmSync(join(this.path, name));
    if (old !== undefined) rmSync(join(this.path, old), { recursive: true });
  }

  /** `..2026_11_23_18_00_00.x1Y2z3`: two updates may fall into one second. */
  #newGeneration(): string {
    const second = new Date().toISOString().slice(0, 19).replace(/[-T:]/g, '_');
    return mkdtempSync(join(this.path, `..${second}.`));
  }

  #target(): string | undefined {
    try {
      return readlinkSync(join(this.path, '..data'));
    } catch {
      return undefined;
    }
  }

  #holds(generation: string, payload: Payload): boolean {
    const at = join(this.path, generation);
    const names = readdirSync(at);
    return (
      names.length === Object.keys(payload).length &&
      names.every((name) => Object.hasOwn(payload, name) && readFileSync(join(at, name), 'utf8') === payload[name])
    );
  }

  #show(name: string): void {
    const link = join(this.path, name);
    if (lstatSync(link, { throwIfNoEntry: false }) === undefined) symlinkSync(join('..data', name), link);
  }
}
