// A timerfd on the event loop. Node's own timers are whole milliseconds late or early, which is more than the whole capture takes.
import koffi from 'koffi';
import { CaptureError } from './capture-error.ts';
import { libc } from './native.ts';

const CLOCK_MONOTONIC = 1;
const TFD_NONBLOCK_CLOEXEC = 0o4000 | 0o2000000;

/** One-shot timer with a resolution of about 50 us; keeps the event loop alive until closed. */
export class PreciseTimer {
  readonly #fd: number;
  readonly #handle: { close(): void };
  readonly #value = Buffer.alloc(32);
  readonly #expirations = Buffer.alloc(8);
  #isClosed = false;

  /** @throws {CaptureError} segment-failed when the process has no file descriptor left */
  constructor(onFire: () => void) {
    this.#fd = libc.timerfdCreate(CLOCK_MONOTONIC, TFD_NONBLOCK_CLOEXEC);
    if (this.#fd < 0) throw new CaptureError('segment-failed', 'timerfd_create');
    this.#handle = koffi.node.poll(this.#fd, { readable: true }, () => {
      if (libc.read(this.#fd, this.#expirations, 8) === 8) onFire();
    });
  }

  /** (Re)arms the timer; 0 or less fires as soon as the event loop turns. */
  arm(delayMs: number): void {
    if (this.#isClosed) return;
    const delayNs = Math.max(1, Math.round(delayMs * 1e6));
    // struct itimerspec: interval s, ns (0: once), then value s, ns; 64 bits each.
    this.#value.writeBigInt64LE(BigInt(Math.floor(delayNs / 1e9)), 16);
    this.#value.writeBigInt64LE(BigInt(delayNs % 1e9), 24);
    libc.timerfdSettime(this.#fd, 0, this.#value, null);
  }

  disarm(): void {
    if (this.#isClosed) return;
    this.#value.fill(0);
    libc.timerfdSettime(this.#fd, 0, this.#value, null);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#handle.close();
    libc.close(this.#fd);
  }
}
