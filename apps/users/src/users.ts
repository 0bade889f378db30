import { Cacheable, CacheEvict } from '@eggybyte/core';
import { ConflictException, Injectable } from '@nestjs/common';
import { EmailBlocklist } from './email-blocklist.js';
import { User } from './user.entity.js';
import { UserRepository } from './user.repository.js';
import type { NewUser, PageQuery, UserChanges } from './user.schemas.js';

export interface UserPage {
  items: User[];
  page: number;
  page_size: number;
  total: number;
}

@Injectable()
export class Users {
  constructor(
    private readonly users: UserRepository,
    private readonly blocklist: EmailBlocklist,
  ) {}

  async create(user: NewUser): Promise<User> {
    this.#refuseBlocked(user.email);
    return this.users.save(this.users.create(user));
  }

  /** @throws EntityNotFoundError, which is answered with 404 */
  @Cacheable({ key: (id: number) => `user:${id}`, ttl: '5m', as: User })
  byId(id: number): Promise<User> {
    return this.users.findOneByOrFail({ id });
  }

  async list({ page, page_size }: PageQuery): Promise<UserPage> {
    const [items, total] = await this.users.findAndCount({
      order: { id: 'ASC' },
      skip: (page - 1) * page_size,
      take: page_size,
    });
    return { items, page, page_size, total };
  }

  @CacheEvict({ key: (id: number) => `user:${id}` })
  async change(id: number, changes: UserChanges): Promise<User> {
    if (changes.email !== undefined) this.#refuseBlocked(changes.email);
    const user = await this.users.findOneByOrFail({ id });
    return this.users.save(Object.assign(user, changes));
  }

  @CacheEvict({ key: (id: number) => `user:${id}` })
  async remove(id: number): Promise<void> {
    await this.users.remove(await this.users.findOneByOrFail({ id }));
  }

  #refuseBlocked(email: string): void {
    if (this.blocklist.blocks(email)) throw new ConflictException('Addresses of this domain are not accepted');
  }
}
