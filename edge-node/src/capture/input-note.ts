// Shared by the main thread (writes after it injected input) and the media worker (reads as it grabs). Shared memory rather than a
// message: the title's answer may be on the screen before a message would arrive.

/** Newest injected input event sequence, uint32. */
export class InputNote {
  readonly shared: SharedArrayBuffer;
  readonly #sequence: Int32Array;

  constructor(shared = new SharedArrayBuffer(4)) {
    this.shared = shared;
    this.#sequence = new Int32Array(shared);
  }

  write(eventSequence: number): void {
    Atomics.store(this.#sequence, 0, eventSequence | 0);
  }

  read(): number {
    return Atomics.load(this.#sequence, 0) >>> 0;
  }
}
