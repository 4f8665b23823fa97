/** Codes of everything that can go wrong while a session's processes are made. */
export type SandboxErrorCode =
  | 'display-failed'
  | 'sound-failed'
  | 'sandbox-unavailable'
  | 'seccomp-failed'
  | 'cgroup-failed'
  | 'title-staging-failed'
  | 'launch-failed';

const MESSAGES: Record<SandboxErrorCode, string> = {
  'display-failed': 'no X server could be started',
  'sound-failed': 'the sound server could not be started',
  'sandbox-unavailable': 'this host cannot run titles in a sandbox',
  'seccomp-failed': 'the system call filter could not be made',
  'cgroup-failed': 'the cgroup of the session could not be made',
  'title-staging-failed': "the title's folder could not be staged",
  'launch-failed': 'a process of the session could not be started',
};

/** Operational error of sandbox, display and sound. `detail` holds what was seen; `retryable`: another try may work. */
export class SandboxError extends Error {
  readonly code: SandboxErrorCode;
  readonly detail: string;
  readonly retryable: boolean;

  constructor(code: SandboxErrorCode, detail: string, cause?: unknown) {
    super(`${MESSAGES[code]}: ${detail}`, cause === undefined ? undefined : { cause });
    this.name = 'SandboxError';
    this.code = code;
    this.detail = detail;
    this.retryable = code === 'display-failed' || code === 'sound-failed';
  }
}
