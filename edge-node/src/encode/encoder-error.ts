export type EncoderErrorCode =
  /** No candidate could be opened and encode the test picture; `detail` names each reason. */
  | 'no-encoder'
  /** This encoder could not be opened. */
  | 'open-failed'
  /** It was open and refused a picture. */
  | 'encode-failed'
  /** It took a picture and gave nothing (it holds frames back). */
  | 'no-packet';

/** An encoder cannot start or go on. `retryable`: opening anew may help. */
export class EncoderError extends Error {
  readonly code: EncoderErrorCode;
  readonly retryable: boolean;
  /** What exactly failed, for the log; never shown to a player. */
  readonly detail: string;

  constructor(code: EncoderErrorCode, detail: string, cause?: unknown) {
    super(`encoder: ${code}`, { cause });
    this.name = 'EncoderError';
    this.code = code;
    this.detail = detail;
    this.retryable = code === 'encode-failed';
  }
}
