import type { QueryRunner } from 'typeorm';
import { discard, tellSubscriber } from './end-transaction.js';
import type { TransactionGuard } from './transaction-guard.js';

/** TypeORM's own, which a subscriber that throws leaves wrong: the next commit would then commit nothing. */
interface Counters {
  transactionDepth: number;
  isTransactionActive: boolean;
}

/** Runs `work` in a savepoint of the transaction of the runner. What it did is undone when it rejects. */
export async function inSavepoint<T>(runner: QueryRunner, guard: TransactionGuard, work: () => Promise<T>): Promise<T> {
  const counters = runner as unknown as Counters;
  const { transactionDepth } = counters;
  const isOpen = (): boolean => counters.transactionDepth > transactionDepth;
  try {
    await runner.startTransaction();
    const result = await work();
    if (guard.lost) throw guard.lost.error;
    await runner.commitTransaction().catch((error: unknown) => {
      if (isOpen()) throw error;
      tellSubscriber(runner, error, 'a savepoint');
    });
    return result;
  } catch (error) {
    if (isOpen() && !guard.lost) await undo();
    throw error;
  } finally {
    Object.assign(counters, { transactionDepth, isTransactionActive: true });
  }

  async function undo(): Promise<void> {
    try {
      await runner.rollbackTransaction();
    } catch (reason) {
      if (!isOpen()) return tellSubscriber(runner, reason, 'a rollback to a savepoint');
      // What it did could otherwise be committed with what is around it.
      guard.lose(reason);
      discard(runner, reason);
    }
  }
}
