import {
  accessSync,
  constants,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './say.mjs';

const POLL_MS = 200;

/**
 * Runs `work` while no other process sets up the same checkout. The lock is a file that names its
 * owner; a lock whose owner is gone is taken over, so a crash never blocks the next start.
 * @param {string} root
 * @param {() => Promise<void>} work
 */
export async function withLock(root, work) {
  // Outside node_modules, which `npm ci` removes.
  const file = path.join(root, '.perigee', 'bootstrap.lock');
  // Who may not write here cannot spoil an install either, and is told by the step what is missing.
  if (!canWrite(path.dirname(file))) return work();
  const mine = processIdentity(process.pid) ?? '';
  let hasSaidWaiting = false;
  while (!tryCreate(file, mine)) {
    const owner = readOwner(file);
    if (owner === undefined) continue;
    if (!isAlive(owner)) {
      removeStale(file, owner);
      continue;
    }
    if (!hasSaidWaiting) say(`process ${owner.split(' ')[0] ?? '?'} is setting up; waiting for it`);
    hasSaidWaiting = true;
    await sleep(POLL_MS);
  }
  const release = () => {
    if (readOwner(file) === mine) rmSync(file, { force: true });
  };
  process.once('exit', release);
  try {
    await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

/**
 * A process as "pid start", where start is its start time in clock ticks since boot (field 22 of
 * /proc/PID/stat), so that a process number used again is not taken for the owner.
 * @param {number} pid
 * @returns {string | undefined} undefined when no such process is alive
 */
export function processIdentity(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH') return undefined;
  }
  try {
    const stat = readFileSync(`/proc/${pid.toString()}/stat`, 'utf8');
    // The name in field 2 may hold spaces and brackets: count from behind its closing bracket.
    const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    return `${pid.toString()} ${startTicks}`;
  } catch {
    return `${pid.toString()} -`;
  }
}

/** @param {string} folder made when it is absent */
function canWrite(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} owner */
function isAlive(owner) {
  const pid = Number.parseInt(owner, 10);
  return pid > 0 && processIdentity(pid) === owner;
}

/**
 * @param {string} file
 * @param {string} mine
 */
function tryCreate(file, mine) {
  // A link appears with its content in one step; a reader never sees an empty lock.
  const draft = `${file}.${process.pid.toString()}`;
  writeFileSync(draft, mine);
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

/** @param {string} file */
function readOwner(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Takes the stale file aside before removing it: if another process replaced it with its own lock
 * in between, that one is put back.
 * @param {string} file
 * @param {string} stale
 */
function removeStale(file, stale) {
  const aside = `${file}.stale.${process.pid.toString()}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  if (readOwner(aside) !== stale) {
    try {
      linkSync(aside, file);
    } catch {
      // A third process holds it by now.
    }
  }
  rmSync(aside, { force: true });
}
