import { expect, it } from 'vitest';
import { API_ERRORS, ApiError, toApiError } from './errors.ts';

it.each([
  [{ statusCode: 404 }, 'not-found'],
  [{ statusCode: 400, message: 'body must be object' }, 'bad-request'],
  [{ statusCode: 415 }, 'bad-request'],
  [{ statusCode: 413 }, 'too-large'],
  [{ statusCode: 429 }, 'rate-limited'],
  [new Error('SQLITE_FULL: /secret/path'), 'internal'],
  ['a string', 'internal'],
  [null, 'internal'],
])('%j becomes %s', (thrown, code) => {
  const error = toApiError(thrown);
  expect(error.code).toBe(code);
  // Nothing of what was thrown reaches the answer.
  expect(error.body()).toEqual({ code, message: API_ERRORS[error.code].message });
});

it('an error of the table stays what it is', () => {
  const error = new ApiError('unknown-title');
  expect(toApiError(error)).toBe(error);
  expect(error.statusCode).toBe(404);
});
