export type CaptureErrorCode =
  /** A system library is missing or too old (libxcb*, libyuv0). */
  | 'library-missing'
  /** The X server refused the connection, or is gone. */
  | 'display-lost'
  /** The X server lacks an extension that capture needs. */
  | 'extension-missing'
  /** Shared memory could not be made or attached. */
  | 'segment-failed'
  /** The worker stopped, or was closed, before it answered. */
  | 'worker-gone';

/** Capture cannot start or go on. `retryable` is true when a new display would help. */
export class CaptureError extends Error {
  readonly code: CaptureErrorCode;
  readonly retryable: boolean;
  /** What exactly failed, for the log; never shown to a player. */
  readonly detail: string;

  constructor(code: CaptureErrorCode, detail: string, cause?: unknown) {
    super(`capture: ${code}`, { cause });
    this.name = 'CaptureError';
    this.code = code;
    this.detail = detail;
    this.retryable = code === 'display-lost';
  }
}
