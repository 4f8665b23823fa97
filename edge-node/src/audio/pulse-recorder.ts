import { spawn, type ChildProcess } from 'node:child_process';
import type { Timers } from '@perigee/kit';

export type PulseRecorderOptions = {
  /** What records; `parec` unless told, whose arguments it gets. */
  readonly program?: string;
  /** Native socket of the session's PulseAudio. */
  readonly socketPath: string;
  readonly timers: Timers;
  /** Raw s16le samples, 48 kHz stereo. The bytes belong to the receiver. */
  readonly onSamples: (bytes: Buffer) => void;
  /** The stream broke; another one follows after `retryMs`, none when undefined. */
  readonly onGap: (gap: { readonly detail: string; readonly retryMs: number | undefined }) => void;
};

/** Waits before the next try, ms; after the last the session goes on without sound. A stream that lived for STABLE_MS starts over. */
const RETRY_MS = [100, 500, 2000, 5000, 10_000] as const;
const STABLE_MS = 10_000;
const KILL_AFTER_MS = 500;
/** Bytes of its complaint that are kept. */
const MAX_DETAIL_BYTES = 400;

/** Records what the session's programs play, through a `parec` child. */
export class PulseRecorder {
  readonly #options: PulseRecorderOptions;
  #child: ChildProcess | undefined;
  #failures = 0;
  #isWanted = false;
  #cancelRetry: (() => void) | undefined;

  constructor(options: PulseRecorderOptions) {
    this.#options = options;
  }

  /** Begins to record; does nothing when it does already. */
  start(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    this.#failures = 0;
    this.#spawn();
  }

  /** Ends the child; samples stop at once. Idempotent. */
  stop(): void {
    this.#isWanted = false;
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return;
    child.stdout?.destroy();
    child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
    child.once('exit', () => {
      clearTimeout(kill);
    });
  }

  #spawn(): void {
    const { socketPath, timers, program = 'parec' } = this.#options;
    let detail = '';
    const child = spawn(program, recordArguments(), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: recordEnvironment(socketPath),
    });
    this.#child = child;
    const cancelStable = timers.after(STABLE_MS, () => {
      this.#failures = 0;
    });
    child.stdout.on('data', (bytes: Buffer) => {
      if (this.#child === child) this.#options.onSamples(bytes);
    });
    child.stderr.on('data', (bytes: Buffer) => {
      detail = (detail + bytes.toString()).slice(-MAX_DETAIL_BYTES);
    });
    let isGone = false;
    const gone = (reason: string): void => {
      if (isGone) return;
      isGone = true;
      cancelStable();
      if (this.#child === child) this.#retry(`${reason} ${detail}`.trim());
    };
    child.once('error', (error) => {
      gone(error.message);
    });
    child.once('exit', (code, signal) => {
      gone(`${program} ended (${String(code ?? signal)})`);
    });
  }

  #retry(detail: string): void {
    this.#child = undefined;
    if (!this.#isWanted) return;
    const retryMs = RETRY_MS[this.#failures];
    this.#failures += 1;
    this.#options.onGap({ detail, retryMs });
    if (retryMs === undefined) return;
    this.#cancelRetry = this.#options.timers.after(retryMs, () => {
      this.#cancelRetry = undefined;
      if (this.#isWanted) this.#spawn();
    });
  }
}

/** The default sink's monitor; a fragment of 10 ms, delivered in pieces of 5 (PHONE.md section 5: 20 ms asked gave 5 ms pieces). */
function recordArguments(): string[] {
  return [
    ...['--device=@DEFAULT_MONITOR@', '--raw', '--rate=48000', '--channels=2', '--format=s16le'],
    ...['--latency-msec=10', '--process-time-msec=5', '--client-name=perigee'],
  ];
}

/** Nothing of our own environment but what finds the program; no server is started when there is none. */
function recordEnvironment(socketPath: string): Record<string, string> {
  return {
    PATH: '/usr/bin:/bin',
    HOME: '/nonexistent',
    LANG: 'C.UTF-8',
    PULSE_SERVER: `unix:${socketPath}`,
    PULSE_CLIENTCONFIG: '/dev/null',
  };
}
