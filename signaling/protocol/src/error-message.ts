import { ERROR_CODES, type ErrorCode } from './codes.ts';
import type { ErrorMessage } from './messages/shared.ts';

/** The `error` message of a code, with the sentence and the `retryable` of its table. */
export function errorMessage(code: ErrorCode): ErrorMessage {
  const { message, retryable } = ERROR_CODES[code];
  return { type: 'error', code, message, retryable };
}
