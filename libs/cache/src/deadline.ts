/** What `work` settles with, unless that takes longer than `ms`: then it rejects with what `late` makes. */
export async function within<T>(ms: number, late: () => Error, work: () => T | Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  try {
    return await Promise.race([work(), over]);
  } finally {
    clearTimeout(timer);
  }
}
