/** ENVIRONMENT is free text; only these two names relax anything. */
export const RELAXED_ENVIRONMENTS: readonly string[] = ['development', 'test'];
