import { closeSync, openSync, writeSync } from 'node:fs';

/** Chosen: the beginning of a log tells why a start failed; the end is in the tail that travels with the session's end. */
const MAX_FILE_BYTES = 1024 * 1024;

/** The title's output on disk, bounded; what comes after the bound is dropped. Never throws after construction. */
export class TitleLogFile {
  #fd: number | undefined;
  #bytes = 0;

  /** @throws when the file cannot be made */
  constructor(path: string) {
    this.#fd = openSync(path, 'w', 0o600);
  }

  /** Appends one line. */
  write(line: string): void {
    if (this.#fd === undefined || this.#bytes > MAX_FILE_BYTES) return;
    try {
      this.#bytes += writeSync(this.#fd, `${line}\n`);
    } catch {
      this.close(); // Disk full: the tail in memory goes on.
    }
  }

  /** Idempotent. */
  close(): void {
    if (this.#fd === undefined) return;
    closeSync(this.#fd);
    this.#fd = undefined;
  }
}
