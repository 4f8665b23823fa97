// One PulseAudio per session, under the session host's uid: a null sink whose monitor the host captures. The title gets nothing but the
// `native` socket, through which it can neither load modules nor end the server.
import { chmodSync, chownSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { SessionCgroup } from '../sandbox/cgroup.ts';
import { SandboxError } from '../sandbox/errors.ts';
import { journalPath } from '../sandbox/folders.ts';
import { hostCredentials } from '../sandbox/identity.ts';
import { findProgram } from '../sandbox/launch.ts';
import { startProcess, watchExit, type SessionProcess } from '../sandbox/process.ts';
import type { SessionFolders, SlotIdentity } from '../sandbox/session-resources.ts';

/** Sink that titles play into; its monitor is what the player hears. Both are the server's defaults (`@DEFAULT_MONITOR@`). */
const SINK_NAME = 'perigee';

const READY_LIMIT_MS = 5000;
const POLL_MS = 5;

export type StartPulseServerOptions = {
  readonly identity: SlotIdentity;
  readonly folders: SessionFolders;
  readonly cgroup: SessionCgroup | null;
};

export type RunningPulseServer = {
  /** PulseAudio native socket: 48 kHz, stereo, s16le sink `perigee`. */
  readonly socketPath: string;
  readonly pid: number;
  readonly exited: Promise<unknown>;
  logTail(): string[];
  /** Idempotent, at most 2 s. */
  close(): Promise<void>;
};

/** Starts the session's sound server and resolves once its socket accepts. @throws {SandboxError} sound-failed */
export async function startPulseServer(
  options: StartPulseServerOptions,
): Promise<RunningPulseServer> {
  const { folders, identity } = options;
  if (findProgram('pulseaudio') === null) {
    throw new SandboxError('sound-failed', 'pulseaudio is not installed');
  }
  const socketPath = join(folders.pulse, 'native');
  const process = await startProcess({
    launch: {
      command: command(socketPath),
      credentials: hostCredentials(identity),
      cgroupProcsFiles: options.cgroup?.procsFiles('host') ?? [],
    },
    env: environment(folders.pulse),
    journalPath: journalPath(folders),
    killAfterMs: 1000,
    tailLines: 40,
  });
  try {
    await waitForSocket(process, socketPath);
  } catch (error) {
    await process.close();
    throw error;
  }
  if (identity.isIsolated) {
    // Only now: the server refuses to start in a folder that is not its own alone. The title's uid needs the way to the socket, as its
    // sandbox binds that one file.
    chownSync(folders.pulse, identity.hostUid, identity.sharedGid);
    chmodSync(folders.pulse, 0o710);
  }
  return {
    socketPath,
    pid: process.pid,
    exited: process.exited,
    logTail: () => process.tail(),
    close: () => process.close(),
  };
}

function command(socketPath: string): [string, ...string[]] {
  return [
    'pulseaudio',
    ...['-n', '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no', '--disable-shm=yes'],
    ...[
      '--disallow-exit=yes',
      '--disallow-module-loading=yes',
      '--realtime=no',
      '--high-priority=no',
    ],
    ...['--log-target=stderr', '--log-level=warn'],
    '-L',
    `module-null-sink sink_name=${SINK_NAME} rate=48000 channels=2 format=s16le`,
    '-L',
    `module-native-protocol-unix auth-anonymous=1 socket=${socketPath}`,
  ];
}

/** Everything that PulseAudio would look up of its user is named, as the uid has no passwd entry. */
function environment(folder: string): Record<string, string> {
  return {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: folder,
    USER: 'perigee',
    LOGNAME: 'perigee',
    LANG: 'C.UTF-8',
    PULSE_RUNTIME_PATH: folder,
    // No bus: it would try to start one.
    DBUS_SESSION_BUS_ADDRESS: 'disabled:',
    DBUS_SYSTEM_BUS_ADDRESS: 'disabled:',
  };
}

async function waitForSocket(process: SessionProcess, socketPath: string): Promise<void> {
  const isGone = watchExit(process);
  const endMs = performance.now() + READY_LIMIT_MS;
  // A socket file exists before it listens, so it is tried.
  while (!(await accepts(socketPath))) {
    if (isGone() || performance.now() > endMs) {
      const reason = isGone() ? 'it ended' : 'no socket in time';
      throw new SandboxError('sound-failed', `${reason}: ${process.tail().slice(-3).join(' | ')}`);
    }
    await delay(POLL_MS);
  }
}

function accepts(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(socketPath);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}
