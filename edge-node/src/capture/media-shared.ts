// Memory that the main thread and the media worker share, for what must not wait for a message: the title's answer to an input may be on the
// screen before a message would arrive, and a worker that hangs in a native call reads no messages.

const INPUT_SEQUENCE = 0;
const DISPLAY_FD = 1;
const NO_FD = -1;

export class MediaShared {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;

  /** Without `buffer`, makes one. */
  constructor(buffer?: SharedArrayBuffer) {
    this.buffer = buffer ?? new SharedArrayBuffer(8);
    this.#words = new Int32Array(this.buffer);
    if (buffer === undefined) this.displayFd = undefined;
  }

  /** Newest injected input event sequence, uint32: written by the main thread, read as the pixels are read. */
  get inputSequence(): number {
    return Atomics.load(this.#words, INPUT_SEQUENCE) >>> 0;
  }

  set inputSequence(eventSequence: number) {
    Atomics.store(this.#words, INPUT_SEQUENCE, eventSequence | 0);
  }

  /** The worker's socket to the X server while it has one: shutting it down frees a worker that waits for a server that hangs. */
  get displayFd(): number | undefined {
    const fd = Atomics.load(this.#words, DISPLAY_FD);
    return fd === NO_FD ? undefined : fd;
  }

  set displayFd(fd: number | undefined) {
    Atomics.store(this.#words, DISPLAY_FD, fd ?? NO_FD);
  }
}
