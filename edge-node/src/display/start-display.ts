// One X server per session. Tried in this order, each by really starting it and talking to it:
//   Xorg (dummy + inputtest) in a sandbox of its own, Xvfb in the same sandbox, then both without one (no user namespaces).
// Inside the sandbox the display is always :0: no lock file, no number and no abstract socket is shared with any other session.
import { randomBytes } from 'node:crypto';
import { chownSync, closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Resolution } from '@perigee/protocol';
import type { DisplayAccess } from '../session/ipc.ts';
import type { SessionCgroup } from '../sandbox/cgroup.ts';
import { SandboxError } from '../sandbox/errors.ts';
import { journalPath } from '../sandbox/folders.ts';
import { titleCredentials } from '../sandbox/identity.ts';
import type { Log } from '../sandbox/log.ts';
import { startProcess, type SessionProcess } from '../sandbox/process.ts';
import type { SessionFolders, SlotIdentity } from '../sandbox/session-resources.ts';
import {
  displayCandidates,
  sandboxedServer,
  unsandboxedServer,
  type DisplayCandidate,
  type ServerFiles,
} from './server-command.ts';
import { connectX11 } from './x11-client.ts';
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

async function startCandidate(
  options: StartDisplayOptions,
  candidate: DisplayCandidate,
  rejected: readonly string[],
): Promise<RunningDisplay> {
  const { folders, identity } = options;
  const cookieHex = randomBytes(16).toString('hex');
  const files = writeServerFiles(options, candidate, cookieHex);
  // The sandbox writes the pid of its inner process here; an X server without one writes its display number.
  const infoPath = join(folders.root, 'display-info');
  const infoFd = openSync(infoPath, 'w', 0o600);
  let process: SessionProcess;
  try {
    const build = candidate.isSandboxed ? sandboxedServer : unsandboxedServer;
    process = await startProcess({
      launch: {
        command: build(candidate.server, files, options.resolution),
        credentials: titleCredentials(identity),
        cgroupProcsFiles: options.cgroup?.procsFiles('display') ?? [],
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
  try {
    const screen = await waitUntilReady(process, candidate, { files, cookieHex, infoPath });
    return describe({ options, candidate, process, files, cookieHex, rejected, screen });
  } catch (error) {
    await process.close();
    throw error;
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

type Readiness = {
  readonly files: ServerFiles;
  readonly cookieHex: string;
  readonly infoPath: string;
};

/** Waits for an answered connection setup: devices and their sockets exist by then, as the server answers clients last. */
async function waitUntilReady(
  process: SessionProcess,
  candidate: DisplayCandidate,
  readiness: Readiness,
): Promise<Resolution & { socketPath: string; innerPid: number | null }> {
  let isGone = false;
  void process.exited.then(() => {
    isGone = true;
  });
  const endMs = performance.now() + READY_LIMIT_MS;
  let last = 'no socket';
  while (performance.now() < endMs) {
    if (isGone) throw new SandboxError('display-failed', `it ended: ${lastLines(process)}`);
    const info = readInfo(readiness.infoPath, candidate);
    const socketPath = candidate.isSandboxed
      ? join(readiness.files.x11Folder, 'X0')
      : info === null
        ? null
        : `/tmp/.X11-unix/X${String(info)}`;
    if (socketPath !== null && (info !== null || !candidate.isSandboxed)) {
      try {
        const client = await connectX11({
          socketPath,
          cookieHex: readiness.cookieHex,
          timeoutMs: Math.max(1, endMs - performance.now()),
        });
        client.close();
        return { ...client.screen, socketPath, innerPid: candidate.isSandboxed ? info : null };
      } catch (error) {
        last = error instanceof Error ? error.message : String(error);
      }
    }
    await delay(POLL_MS);
  }
  throw new SandboxError('display-failed', `not ready in time (${last}): ${lastLines(process)}`);
}

/** The inner pid of a sandbox (bwrap --info-fd) or the display number of a bare server (-displayfd); null until it is written. */
function readInfo(path: string, candidate: DisplayCandidate): number | null {
  const text = readFileSync(path, 'latin1');
  const match = candidate.isSandboxed ? /"child-pid": (\d+)/.exec(text) : /^(\d+)\n/.exec(text);
  return match === null ? null : Number(match[1]);
}

function lastLines(process: SessionProcess): string {
  const lines = process.tail().filter((line) => /\(EE\)|error|cannot|bwrap|Fatal/i.test(line));
  return lines.slice(-4).join(' | ') || process.tail().slice(-2).join(' | ');
}

type Description = {
  readonly options: StartDisplayOptions;
  readonly candidate: DisplayCandidate;
  readonly process: SessionProcess;
  readonly files: ServerFiles;
  readonly cookieHex: string;
  readonly rejected: readonly string[];
  readonly screen: Resolution & { socketPath: string; innerPid: number | null };
};

function describe(parts: Description): RunningDisplay {
  const { options, candidate, process, screen } = parts;
  const isXorg = candidate.server === 'xorg-dummy';
  return {
    access: {
      kind: candidate.server,
      socketPath: screen.socketPath,
      cookieHex: parts.cookieHex,
      inputSockets: isXorg ? inputSocketsIn(options.folders.input) : null,
      resolution: { width: screen.width, height: screen.height },
    },
    pid: process.pid,
    ipcNamespacePid: screen.innerPid,
    rejected: parts.rejected,
    exited: process.exited,
    logTail: () => process.tail(),
    close: () => process.close(),
  };
}
