// One X server per session. Tried in this order, each by really starting it and talking to it:
//   Xorg (dummy + inputtest) in a sandbox of its own, Xvfb in the same sandbox, then both without one (no user namespaces).
// Inside the sandbox the display is always :0: no lock file, no number and no abstract socket is shared with any other session.
import { randomBytes } from 'node:crypto';
import { chownSync, closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Resolution } from '@perigee/protocol';
import type { DisplayAccess } from './display-access.ts';
import type { SessionCgroup } from '../sandbox/cgroup.ts';
import { bareSocketPath, chooseBareDisplay, removeBareDisplay } from '../sandbox/bare-display.ts';
import { SandboxError } from '../sandbox/errors.ts';
import { journalPath } from '../sandbox/folders.ts';
import { titleCredentials } from '../sandbox/identity.ts';
import type { Log } from '../sandbox/log.ts';
import { startProcess, watchExit, type SessionProcess } from '../sandbox/process.ts';
import type { SessionFolders, SlotIdentity } from '../sandbox/session-resources.ts';
import {
  displayCandidates,
  sandboxedServer,
  unsandboxedServer,
  type DisplayCandidate,
  type ServerFiles,
} from './server-command.ts';
import { loadEvdevKeymap } from './evdev-keymap.ts';
import { connectX11, X11Error } from './x11-client.ts';
import { xauthorityFile } from './xauthority.ts';
import { xorgConfig } from './xorg-config.ts';

/** Measured: 0.1-0.25 s on a quiet machine; a loaded one may take seconds. */
const READY_LIMIT_MS = 10_000;
const POLL_MS = 5;

export type StartDisplayOptions = {
  readonly identity: SlotIdentity;
  readonly folders: SessionFolders;
  readonly cgroup: SessionCgroup | null;
  readonly resolution: Resolution;
  readonly log: Log;
  /** Servers to try, best first; default: every one that is installed. */
  readonly candidates?: readonly DisplayCandidate[];
};

export type RunningDisplay = {
  readonly access: DisplayAccess;
  /** The process that the agent started (the sandbox's monitor, or the server itself). */
  readonly pid: number;
  /** A process inside the display's IPC namespace, which the title joins for MIT-SHM; null when it has none of its own. */
  readonly ipcNamespacePid: number | null;
  /** Why better servers were not taken; empty when the first choice runs. */
  readonly rejected: readonly string[];
  /** Resolves when the server is gone, for whatever reason. */
  readonly exited: Promise<unknown>;
  logTail(): string[];
  /** Ends the server. Idempotent, at most 2 s. */
  close(): Promise<void>;
};

/** Starts the session's X server and resolves once it answered a connection with the cookie. @throws {SandboxError} display-failed */
export async function startDisplay(options: StartDisplayOptions): Promise<RunningDisplay> {
  const rejected: string[] = [];
  for (const candidate of options.candidates ?? displayCandidates()) {
    try {
      const display = await startCandidate(options, candidate, rejected);
      options.log.info({ server: candidate, rejected }, 'display started');
      return display;
    } catch (error) {
      const reason = error instanceof SandboxError ? error.detail : String(error);
      rejected.push(
        `${candidate.server}${candidate.isSandboxed ? ' in a sandbox' : ''}: ${reason}`,
      );
      options.log.warn({ server: candidate, reason }, 'display server refused');
    }
  }
  throw new SandboxError('display-failed', rejected.join('; ') || 'no X server is installed');
}

/** One try of one server: what was made for it before it runs. */
type Attempt = {
  readonly candidate: DisplayCandidate;
  readonly cookieHex: string;
  readonly files: ServerFiles;
  readonly socketPath: string;
  /** The sandbox writes the pid of its inner process here. */
  readonly infoPath: string;
};

async function startCandidate(
  options: StartDisplayOptions,
  candidate: DisplayCandidate,
  rejected: readonly string[],
): Promise<RunningDisplay> {
  const { root, x11 } = options.folders;
  const cookieHex = randomBytes(16).toString('hex');
  const files = writeServerFiles(options, candidate, cookieHex);
  const number = candidate.isSandboxed ? 0 : chooseBareDisplay(root);
  const socketPath = candidate.isSandboxed ? join(x11, 'X0') : bareSocketPath(number);
  const infoPath = join(root, 'display-info');
  const attempt: Attempt = { candidate, cookieHex, files, socketPath, infoPath };
  const process = await launchServer(options, attempt, number);
  const close = async (): Promise<void> => {
    await process.close();
    removeBareDisplay(root);
  };
  try {
    const resolution = await waitUntilReady(process, attempt);
    const isXorg = candidate.server === 'xorg-dummy';
    return {
      access: {
        kind: candidate.server,
        socketPath,
        cookieHex,
        inputSockets: isXorg ? inputSocketsIn(options.folders.input) : null,
        resolution,
      },
      pid: process.pid,
      ipcNamespacePid: candidate.isSandboxed ? readInnerPid(infoPath) : null,
      rejected: [...rejected],
      exited: process.exited,
      logTail: () => process.tail(),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function launchServer(
  options: StartDisplayOptions,
  { candidate, files, infoPath }: Attempt,
  number: number,
): Promise<SessionProcess> {
  const { resolution, identity, cgroup, folders } = options;
  const infoFd = openSync(infoPath, 'w', 0o600);
  try {
    return await startProcess({
      launch: {
        command: candidate.isSandboxed
          ? sandboxedServer(candidate.server, files, resolution)
          : unsandboxedServer(candidate.server, files, { resolution, number }),
        credentials: titleCredentials(identity),
        cgroupProcsFiles: cgroup?.procsFiles('display') ?? [],
      },
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/', LANG: 'C.UTF-8' },
      journalPath: journalPath(folders),
      passFds: [infoFd],
      killAfterMs: 1000,
      tailLines: 60,
    });
  } finally {
    closeSync(infoFd);
  }
}

function writeServerFiles(
  options: StartDisplayOptions,
  candidate: DisplayCandidate,
  cookieHex: string,
): ServerFiles {
  const { folders, identity, resolution } = options;
  const files: ServerFiles = {
    x11Folder: folders.x11,
    inputFolder: folders.input,
    config: join(folders.root, 'xorg.conf'),
    authority: join(folders.root, 'xauthority'),
  };
  const inner = candidate.isSandboxed ? '/run/perigee/input' : folders.input;
  writeFileSync(files.config, xorgConfig(resolution, inputSocketsIn(inner)), { mode: 0o640 });
  writeFileSync(files.authority, xauthorityFile(cookieHex), { mode: 0o640 });
  if (identity.isIsolated) {
    for (const file of [files.config, files.authority]) chownSync(file, 0, identity.sharedGid);
  }
  return files;
}

function inputSocketsIn(folder: string): NonNullable<DisplayAccess['inputSockets']> {
  return {
    keyboard: join(folder, 'keyboard'),
    pointerAbsolute: join(folder, 'pointer-absolute'),
    pointerRelative: join(folder, 'pointer-relative'),
    touch: join(folder, 'touch'),
  };
}

/**
 * Waits for an answered connection setup: devices and their sockets exist by then, as the server answers clients last.
 * @returns the size of the screen
 */
async function waitUntilReady(process: SessionProcess, attempt: Attempt): Promise<Resolution> {
  const { socketPath, cookieHex } = attempt;
  const isGone = watchExit(process);
  const endMs = performance.now() + READY_LIMIT_MS;
  let last = 'no socket';
  while (performance.now() < endMs) {
    if (isGone()) throw new SandboxError('display-failed', `it ended: ${lastLines(process)}`);
    try {
      const timeoutMs = Math.max(1, endMs - performance.now());
      const client = await connectX11({ socketPath, cookieHex, timeoutMs });
      client.close();
      await loadEvdevKeymap({ socketPath, cookieHex, timeoutMs });
      return client.screen;
    } catch (error) {
      last = error instanceof X11Error ? error.code : String(error);
      // Somebody else's server, or one without our keymap: waiting does not help.
      if (last === 'refused' || last === 'protocol') break;
    }
    await delay(POLL_MS);
  }
  throw new SandboxError('display-failed', `not ready (${last}): ${lastLines(process)}`);
}

/** bwrap --info-fd writes a small JSON document before it starts the program. */
function readInnerPid(path: string): number | null {
  const match = /"child-pid": (\d+)/.exec(readFileSync(path, 'latin1'));
  return match === null ? null : Number(match[1]);
}

function lastLines(process: SessionProcess): string {
  const lines = process.tail().filter((line) => /\(EE\)|error|cannot|bwrap|Fatal/i.test(line));
  return lines.slice(-4).join(' | ') || process.tail().slice(-2).join(' | ');
}
