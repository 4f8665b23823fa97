// Which encoder works is found by trial, because neither a device node nor a listed codec says that a driver can encode today.
import { EncoderError } from './encoder-error.ts';

export type EncoderChoice<T> = {
  readonly opened: T;
  readonly name: string;
  /** "name: reason" of each candidate that came before, in order. */
  readonly rejected: readonly string[];
};

/**
 * Opens the first candidate that works. `tryOpen` must have made the encoder prove itself (one picture encoded) and cleaned up if it throws.
 * @throws {EncoderError} no-encoder, with every reason in `detail`
 */
export function chooseEncoder<C extends { readonly name: string }, T>(
  candidates: readonly C[],
  tryOpen: (candidate: C) => T,
): EncoderChoice<T> {
  const rejected: string[] = [];
  for (const candidate of candidates) {
    try {
      return { opened: tryOpen(candidate), name: candidate.name, rejected };
    } catch (error) {
      rejected.push(`${candidate.name}: ${reasonOf(error)}`);
    }
  }
  throw new EncoderError('no-encoder', rejected.join('; '));
}

const MAX_REASON_LENGTH = 200;

function reasonOf(error: unknown): string {
  const text =
    error instanceof EncoderError
      ? `${error.code}, ${error.detail}`
      : error instanceof Error
        ? error.message
        : String(error);
  return text.slice(0, MAX_REASON_LENGTH);
}
