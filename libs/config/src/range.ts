import { ArgumentError } from '@eggybyte/errors';

/** Bounds, both included, as numbers and as a person wrote them. */
interface Bounds<B> {
  min?: B | undefined;
  max?: B | undefined;
  /** A bound in the words of the reader. @default String */
  show?: (bound: B) => string;
  /** A bound as a number. @default Number */
  order?: (bound: B) => number;
}

/** "an integer from 1 to 5", "… of at least 1", "… of at most 5". @throws ArgumentError when `min` is above `max` */
export function withRange<B>(noun: string, { min, max, show = String, order = Number }: Bounds<B>): string {
  if (min !== undefined && max !== undefined) {
    if (order(min) > order(max)) throw new ArgumentError('min', `at most \`max\` (${show(max)})`, min);
    return `${noun} from ${show(min)} to ${show(max)}`;
  }
  if (min !== undefined) return `${noun} of at least ${show(min)}`;
  return max === undefined ? noun : `${noun} of at most ${show(max)}`;
}
