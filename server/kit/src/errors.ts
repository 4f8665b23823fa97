// Errors whose kind says who must act (STYLE.md, section 2.5).

/** One thing that the operator must change. */
export type ConfigProblem = {
  /** Environment key, file or resource that is wrong. */
  readonly where: string;
  /** What is wrong and what is allowed. */
  readonly problem: string;
};

/** The operator must change something before the process can start. Carries all problems at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'config';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[], options?: { readonly cause?: unknown }) {
    const lines = problems.map(({ where, problem }) => `  ${where}: ${problem}`);
    super(`The configuration is wrong:\n${lines.join('\n')}`, options);
    this.problems = problems;
  }
}

/** Codes of {@link BusError}. */
export type BusErrorCode =
  | 'no-responders'
  | 'timeout'
  | 'closed'
  | 'too-large'
  | 'too-busy'
  | 'not-serialisable'
  | 'handler-failed';

const BUS_ERROR_MESSAGES: Record<BusErrorCode, string> = {
  'no-responders': 'nobody answers on this subject',
  timeout: 'no answer came in time',
  closed: 'the bus is closed',
  'too-large': 'the payload is larger than the bus carries',
  'too-busy': 'too many requests are waiting for an answer',
  'not-serialisable': 'the payload cannot be serialised',
  'handler-failed': 'the responder failed',
};

/** A request or publication on the bus failed. */
export class BusError extends Error {
  override readonly name = 'BusError';
  readonly code: BusErrorCode;
  /** Whether the same call may succeed a moment later. */
  readonly retryable: boolean;

  constructor(code: BusErrorCode, options?: { readonly cause?: unknown }) {
    super(BUS_ERROR_MESSAGES[code], options);
    this.code = code;
    this.retryable = code === 'no-responders' || code === 'timeout' || code === 'too-busy';
  }
}

/** The store could not be opened or brought to the newest schema. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: 'migration-failed';

  constructor(code: 'migration-failed', options?: { readonly cause?: unknown }) {
    super('the store could not be brought to the newest schema', options);
    this.code = code;
  }
}
