// Traces that an X server without a mount namespace of its own leaves in /tmp when it is killed.
import { randomInt } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readProcess } from './proc.ts';

const NUMBER_FILE = 'display-number';
/** Above what people number their displays by hand. */
const FIRST_NUMBER = 1000;
const NUMBERS = 50_000;

/**
 * Chooses a display number and notes it in the session's folder. `-displayfd` is not used: without abstract sockets it takes the
 * socket of a running server of the same uid away, while a number of one's own is guarded by the server's lock file.
 */
export function chooseBareDisplay(sessionRoot: string): number {
  const number = FIRST_NUMBER + randomInt(NUMBERS);
  writeFileSync(join(sessionRoot, NUMBER_FILE), String(number), { mode: 0o600 });
  return number;
}

export function bareSocketPath(number: number): string {
  return `/tmp/.X11-unix/X${String(number)}`;
}

/** Removes lock and socket of the session's bare server, unless a process that lives holds the lock. Never throws. */
export function removeBareDisplay(sessionRoot: string): void {
  try {
    const number = Number(readFileSync(join(sessionRoot, NUMBER_FILE), 'latin1'));
    if (!Number.isInteger(number) || number < FIRST_NUMBER) return;
    const lock = `/tmp/.X${String(number)}-lock`;
    if (isHeld(lock)) return;
    rmSync(lock, { force: true });
    rmSync(bareSocketPath(number), { force: true });
  } catch {
    // No bare server, or files of another user.
  }
}

function isHeld(lock: string): boolean {
  try {
    const facts = readProcess(Number(readFileSync(lock, 'latin1').trim()));
    return facts !== undefined && facts.state !== 'Z' && facts.state !== 'X';
  } catch {
    return false;
  }
}
