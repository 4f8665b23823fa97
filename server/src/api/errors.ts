// Every failure of the REST interface: a code for programs, a sentence for people. The body is always {code, message}.

export const API_ERRORS = {
  'bad-request': { status: 400, message: 'The request is not well formed.' },
  forbidden: { status: 403, message: 'Only the operator on this machine may see this.' },
  'not-found': { status: 404, message: 'There is nothing at this address.' },
  'unknown-title': { status: 404, message: 'This title is not known here.' },
  'too-large': { status: 413, message: 'The request is too large.' },
  'rate-limited': { status: 429, message: 'Too many requests. Wait a moment and try again.' },
  internal: { status: 500, message: 'Something went wrong on our side. Try again.' },
  'no-web-client': {
    status: 503,
    message: 'The web client was not built yet. Run the build and reload.',
  },
} as const satisfies Record<string, { status: number; message: string }>;

export type ApiErrorCode = keyof typeof API_ERRORS;

/** A failure with a code of the table; the error handler turns it into the answer. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;
  readonly statusCode: number;

  constructor(code: ApiErrorCode) {
    super(API_ERRORS[code].message);
    this.code = code;
    this.statusCode = API_ERRORS[code].status;
  }

  /** The body of the answer. */
  body(): { code: ApiErrorCode; message: string } {
    return { code: this.code, message: this.message };
  }
}

/** Turns whatever was thrown into an error of the table. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const status =
    typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : 500;
  switch (status) {
    case 404:
      return new ApiError('not-found');
    case 413:
      return new ApiError('too-large');
    case 429:
      return new ApiError('rate-limited');
    default:
      return new ApiError(
        typeof status === 'number' && status >= 400 && status < 500 ? 'bad-request' : 'internal',
      );
  }
}
