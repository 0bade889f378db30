import { z } from 'zod';

export const NewUser = z.strictObject({
  email: z.email().max(254).toLowerCase(),
  name: z.string().trim().min(1).max(100),
});
export type NewUser = z.infer<typeof NewUser>;

export const UserChanges = NewUser.partial().refine((changes) => Object.keys(changes).length > 0, 'Nothing to change');
export type UserChanges = z.infer<typeof UserChanges>;

export const PageQuery = z.object({
  page: z.coerce.number().int().min(1).default(1),
  page_size: z.coerce.number().int().min(1).max(100).default(20),
});
export type PageQuery = z.infer<typeof PageQuery>;
