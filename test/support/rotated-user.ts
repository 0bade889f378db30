import { randomBytes } from 'node:crypto';
import type { TestDatabase } from './database.js';
import { goDsn } from './dsn.js';

/** A user of a test database whose password changes, as a rotated Secret has it. */
export class RotatedUser {
  readonly name = `u_${randomBytes(6).toString('hex')}`;
  #passwords = 0;
  #password = '';

  private constructor(private readonly database: TestDatabase) {}

  static async create(database: TestDatabase): Promise<RotatedUser> {
    const user = new RotatedUser(database);
    await database.query(`CREATE USER '${user.name}'@'%'`);
    await database.query(`GRANT ALL PRIVILEGES ON ${database.name}.* TO '${user.name}'@'%'`);
    await user.rotate();
    return user;
  }

  /** The DSN with the password that holds now. */
  get dsn(): string {
    return goDsn({ ...this.database.address, user: this.name, password: this.#password }, this.database.name);
  }

  /** Gives it another password, and ends every connection that it has, unless they are to stay. */
  async rotate({ ends = true } = {}): Promise<void> {
    this.#password = `secret:p@ss/${++this.#passwords}-${randomBytes(4).toString('hex')}`;
    await this.database.query(`ALTER USER '${this.name}'@'%' IDENTIFIED BY '${this.#password}'`);
    if (!ends) return;
    const own = await this.database.query<{ id: number }>(
      'SELECT id FROM information_schema.processlist WHERE user = ?',
      [this.name],
    );
    for (const { id } of own) await this.database.query(`KILL CONNECTION ${id}`).catch(() => undefined);
  }

  async drop(): Promise<void> {
    await this.database.query(`DROP USER '${this.name}'@'%'`);
  }
}
