/** Failures of one peer connection; `retryable`: a new peer may succeed. */
export class TransportError extends Error {
  readonly code: 'unsupported-browser' | 'bad-answer' | 'closed' | 'no-address';
  readonly retryable: boolean;

  constructor(code: TransportError['code'], detail: string, cause?: unknown) {
    super(detail, { cause });
    this.name = 'TransportError';
    this.code = code;
    this.retryable = code === 'bad-answer' || code === 'no-address';
  }
}
