// The folders of one session and who may enter them.
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { ownProcessKey } from './proc.ts';
import type { SessionFolders, SlotIdentity } from './session-resources.ts';

/** sun_path of unix(7) holds 108 bytes with its NUL; the longest name that is added is `/input/pointer-absolute`. */
const MAX_SESSION_ROOT_BYTES = 107 - '/input/pointer-absolute'.length;

/** Whether unix sockets of sessions would not fit below this run folder (names of sessions are at most `63-zzzzzz`). */
export function isRunFolderTooLong(runDir: string): boolean {
  return Buffer.byteLength(join(runDir, 'sessions', '63-zzzzzz')) > MAX_SESSION_ROOT_BYTES;
}

export const OWNER_FILE = 'owner.json';
export const PID_JOURNAL = 'pids';

/** File of the pids that were started for a session. */
export function journalPath(folders: SessionFolders): string {
  return join(folders.root, PID_JOURNAL);
}

/**
 * Makes `<runDir>/sessions/<slot>-<chance>` and its folders. `random` gives numbers in [0, 1).
 * As root the session folder is `root:shared 0710`, so that only this slot's identities pass it.
 * @throws {RangeError} when the run folder's path is too long for unix sockets below it
 */
export function createSessionFolders(
  runDir: string,
  slot: number,
  identity: SlotIdentity,
  random: () => number,
): SessionFolders {
  const chance = Math.floor(random() * 36 ** 6).toString(36);
  const sessions = join(runDir, 'sessions');
  const root = join(sessions, `${String(slot)}-${chance}`);
  if (Buffer.byteLength(root) > MAX_SESSION_ROOT_BYTES) {
    throw new RangeError(
      `the run folder's path is too long for unix sockets (${root}): choose a shorter PERIGEE_RUN_DIR`,
    );
  }
  mkdirSync(sessions, { recursive: true, mode: 0o711 });
  chmodSync(sessions, 0o711);
  mkdirSync(root, { mode: 0o700 });
  writeFileSync(join(root, OWNER_FILE), JSON.stringify(ownProcessKey()), { mode: 0o600 });
  const folders: SessionFolders = {
    root,
    x11: join(root, 'x11'),
    input: join(root, 'input'),
    pulse: join(root, 'pulse'),
    home: join(root, 'home'),
    logs: join(root, 'logs'),
  };
  makeFolder(folders.x11, 0o750, identity.titleUid, identity);
  makeFolder(folders.input, 0o750, identity.titleUid, identity);
  makeFolder(folders.home, 0o700, identity.titleUid, identity);
  makeFolder(folders.pulse, 0o700, identity.hostUid, identity);
  mkdirSync(folders.logs, { mode: 0o700 });
  if (identity.isIsolated) {
    // PulseAudio insists on a socket folder of its own uid and gid when it starts; it is opened to the group afterwards.
    chownSync(folders.pulse, identity.hostUid, identity.hostUid);
    chownSync(root, 0, identity.sharedGid);
  }
  chmodSync(root, 0o710);
  return folders;
}

function makeFolder(path: string, mode: number, uid: number, identity: SlotIdentity): void {
  mkdirSync(path, { mode });
  chmodSync(path, mode);
  if (identity.isIsolated) chownSync(path, uid, identity.sharedGid);
}

/** Removes a session's folder with whatever a title left in it. Processes must be gone. Does not throw for a folder already gone. */
export function removeTree(root: string): void {
  try {
    rmSync(root, { recursive: true, force: true });
  } catch (error) {
    // Not root: a title may have closed a folder of its own home (mode 000).
    if (process.getuid?.() === 0) throw error;
    openFolders(root);
    rmSync(root, { recursive: true, force: true });
  }
}

function openFolders(path: string): void {
  if (!lstatSync(path).isDirectory()) return;
  chmodSync(path, 0o700);
  for (const name of readdirSync(path)) openFolders(join(path, name));
}
