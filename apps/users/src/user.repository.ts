import { EggyRepository, type InitTableContext, type TableInitializer } from '@eggybyte/core';
import { Repository } from 'typeorm';
import { User } from './user.entity.js';

/** Listed in `providers`, and its table exists when the service starts. */
@EggyRepository(User)
export class UserRepository extends Repository<User> implements TableInitializer {
  async initTable({ manager, created }: InitTableContext): Promise<void> {
    if (created) await manager.insert(User, { email: 'ada@example.com', name: 'Ada Lovelace' });
  }
}
