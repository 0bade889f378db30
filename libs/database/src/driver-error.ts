/** Error of mysql2 or of the server behind it, also when TypeORM has wrapped it. */
export interface DriverError {
  /** Name such as `ER_DUP_ENTRY` or `ECONNREFUSED`. */
  code: string | undefined;
  /** The server's number, such as 1062. */
  errno: number | undefined;
}

const DEEPEST = 4;

/** Code and number of the innermost error that has them. */
export function driverError(error: unknown, depth = 0): DriverError {
  if (typeof error !== 'object' || error === null || depth > DEEPEST) return { code: undefined, errno: undefined };
  const { code, errno, driverError: inner } = error as Record<string, unknown>;
  if (inner !== undefined && inner !== error) return driverError(inner, depth + 1);
  return {
    code: typeof code === 'string' ? code : undefined,
    errno: typeof errno === 'number' ? errno : undefined,
  };
}
