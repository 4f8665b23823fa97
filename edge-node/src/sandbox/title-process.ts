// Starts a title in its sandbox, watches its output, and ends it the polite way first.
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeFileSync, chownSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ErrorCode } from '@perigee/protocol';
import { MAX_LOG_LINE_LENGTH } from '@perigee/protocol';
import { closeWindows } from '../display/close-windows.ts';
import type { DisplayAccess } from '../display/display-access.ts';
import type { Title, TitleManifest } from '../titles/title.ts';
import type { SessionCgroup } from './cgroup.ts';
import { SandboxError } from './errors.ts';
import { watchFlood } from './flood.ts';
import { journalPath } from './folders.ts';
import { titleCredentials } from './identity.ts';
import type { ResourceLimits } from './launch.ts';
import type { Log } from './log.ts';
import { descendants, signalProcess } from './proc.ts';
import { settlesWithin, startProcess, type SessionProcess } from './process.ts';
import { writeSeccompFilter } from './seccomp.ts';
import type { SessionFolders, SlotIdentity } from './session-resources.ts';
import { stageTitle } from './staging.ts';
import {
  bareCommand,
  bwrapCommand,
  INNER_GROUP,
  INNER_PASSWD,
  type SandboxPaths,
} from './title-command.ts';
import { TitleLogFile } from './title-log-file.ts';

/** A title that ends earlier than this "stopped right after its start", ms. */
const FAILED_START_MS = 3000;
type Graces = { readonly askMs: number; readonly deleteWindowMs: number; readonly termMs: number };
/** WM_DELETE_WINDOW, 3 s, SIGTERM, 2 s, SIGKILL: titles that save at their end were seen to need up to 1.6 s. */
const POLITE: Graces = { askMs: 1000, deleteWindowMs: 3000, termMs: 2000 };
/** For a session that is broken already, chosen. */
const HURRIED: Graces = { askMs: 300, deleteWindowMs: 700, termMs: 700 };
const LOG_LINES = 200;

export type StartTitleOptions = {
  readonly title: Title;
  readonly identity: SlotIdentity;
  readonly folders: SessionFolders;
  readonly display: DisplayAccess;
  /** From startDisplay(): the title joins this process's IPC namespace, so that MIT-SHM works between the two and with nobody else. */
  readonly ipcNamespacePid: number | null;
  readonly pulseSocketPath: string | null;
  readonly cgroup: SessionCgroup | null;
  /** From detectProtections(): without a sandbox a title starts only if `allowUnsandboxed`. */
  readonly canSandbox: boolean;
  readonly allowUnsandboxed: boolean;
  /** The operator's limit on what the manifest asks for, MiB; none when undefined. */
  readonly maxMemoryMb?: number;
  readonly log: Log;
};

export type TitleExit = {
  readonly code: Extract<ErrorCode, 'title-exited' | 'title-failed' | 'title-flooded'>;
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
};

export type RunningTitle = {
  readonly pid: number;
  /** Resolves once, never rejects. */
  readonly exited: Promise<TitleExit>;
  /** Last lines of its output, oldest first; at most 200 lines of 400 characters, no control characters. */
  logTail(): string[];
  /**
   * WM_DELETE_WINDOW, 3 s, SIGTERM, 2 s, SIGKILL of everything in it: at most 7 s; `hurried`: at most 3 s.
   * Idempotent: the first call decides how polite it is.
   */
  close(options?: { readonly hurried: boolean }): Promise<void>;
};

/** Stages and starts a title. @throws {SandboxError} sandbox-unavailable, title-staging-failed, seccomp-failed, launch-failed */
export async function startTitle(options: StartTitleOptions): Promise<RunningTitle> {
  const { title, cgroup, folders } = options;
  if (!options.canSandbox && !options.allowUnsandboxed) {
    throw new SandboxError(
      'sandbox-unavailable',
      'bubblewrap cannot make its namespaces here; PERIGEE_ALLOW_UNSANDBOXED=1 would run titles without any protection',
    );
  }
  const memoryMb = Math.min(title.manifest.memoryLimitMb, options.maxMemoryMb ?? Infinity);
  cgroup?.limitTitleMemory(memoryMb * 1024 * 1024);
  const paths = await prepare(options);
  const logFile = new TitleLogFile(join(folders.logs, 'title.log'));
  const startMs = performance.now();
  let process: SessionProcess;
  try {
    process = await start(options, paths, (line) => {
      logFile.write(line);
    });
  } catch (error) {
    logFile.close();
    throw error;
  }
  const flood = watchFlood(process, title.manifest.maxLogBytes, () => {
    options.log.warn({ titleId: title.manifest.id }, 'title flooded its log');
    killTree(process);
  });
  let closing: Promise<void> | undefined;
  const exited = process.exited.then(({ exitCode, signal }): TitleExit => {
    logFile.close();
    const isEarly = closing === undefined && performance.now() - startMs < FAILED_START_MS;
    const code = flood.stop() ? 'title-flooded' : isEarly ? 'title-failed' : 'title-exited';
    options.log.info({ titleId: title.manifest.id, code, exitCode, signal }, 'title ended');
    return { code, exitCode, signal };
  });
  return {
    pid: process.pid,
    exited,
    logTail: () => process.tail().map(printable),
    close: (how) =>
      (closing ??= stopTitle(process, options.display, how?.hurried === true ? HURRIED : POLITE)),
  };
}

async function prepare(options: StartTitleOptions): Promise<SandboxPaths> {
  const { folders, identity, title } = options;
  const staged = await stageTitle(title.folder, folders.root, titleCredentials(identity));
  writeSettings(title.manifest, folders.home, identity);
  const passwd = join(folders.root, 'passwd');
  const group = join(folders.root, 'group');
  const machineId = join(folders.root, 'machine-id');
  writeFileSync(passwd, INNER_PASSWD, { mode: 0o644 });
  writeFileSync(group, INNER_GROUP, { mode: 0o644 });
  // D-Bus wants one; the host's own would let titles of different sessions recognise the machine.
  writeFileSync(machineId, `${randomBytes(16).toString('hex')}\n`, { mode: 0o644 });
  return {
    titleFolder: staged.folder,
    home: folders.home,
    xSocket: options.display.socketPath,
    authority: join(folders.root, 'xauthority'),
    pulseSocket: options.pulseSocketPath,
    passwd,
    group,
    machineId,
  };
}

/** The home is new and no process of the title runs yet, so no link in it can lead a write astray. */
function writeSettings(manifest: TitleManifest, home: string, identity: SlotIdentity): void {
  const own = (path: string): void => {
    if (identity.isIsolated) chownSync(path, identity.titleUid, identity.sharedGid);
  };
  for (const [path, content] of Object.entries(manifest.settings)) {
    const parts = dirname(path)
      .split('/')
      .filter((part) => part !== '.');
    parts.forEach((_part, index) => {
      const folder = join(home, ...parts.slice(0, index + 1));
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      own(folder);
    });
    const file = join(home, path);
    writeFileSync(file, content, { mode: 0o600 });
    own(file);
  }
}

async function start(
  options: StartTitleOptions,
  paths: SandboxPaths,
  onLine: (line: string) => void,
): Promise<SessionProcess> {
  const { identity, folders, cgroup, title } = options;
  const { manifest } = title;
  const shared = {
    journalPath: journalPath(folders),
    killAfterMs: 500,
    tailLines: LOG_LINES,
    maxLineLength: MAX_LOG_LINE_LENGTH,
    onLine,
  };
  const launch = {
    credentials: titleCredentials(identity),
    cgroupProcsFiles: cgroup?.procsFiles('title') ?? [],
    limits: limitsFor(identity),
    boundedFolder: { path: folders.home, bytes: HOME_BYTES },
  };
  if (!options.canSandbox) {
    const { command, env, cwd } = bareCommand(manifest, paths, bareDisplayName(options.display));
    return startProcess({ ...shared, launch: { ...launch, command }, env, cwd });
  }
  const filter = join(folders.root, 'seccomp.bpf');
  // A browser's own sandbox goes into an empty folder by chroot (inside a user namespace of its own).
  writeSeccompFilter(filter, manifest.nestedSandbox ? ['chroot'] : []);
  const filterFd = openSync(filter, 'r');
  try {
    return await startProcess({
      ...shared,
      launch: {
        ...launch,
        command: bwrapCommand(manifest, paths),
        ipcNamespacePid: options.ipcNamespacePid,
      },
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' },
      passFds: [filterFd],
    });
  } finally {
    closeSync(filterFd);
  }
}

/** What a title may keep in its home (chosen). It lies in memory, which counts against the title's cgroup, and goes with the session. */
const HOME_BYTES = 1024 ** 3;

function limitsFor(identity: SlotIdentity): ResourceLimits {
  // The uid's processes are counted, threads too: only where nothing else runs under it.
  return {
    openFiles: 4096,
    processes: identity.isIsolated ? 1024 : null,
    fileSizeBytes: 2 * 1024 ** 3,
  };
}

/** Without a sandbox the X server has a number of its own below /tmp/.X11-unix. */
function bareDisplayName({ socketPath }: DisplayAccess): string {
  const number = /\/X(\d+)$/.exec(socketPath)?.[1];
  return `:${number ?? '0'}`;
}

/** Ends a title: see {@link RunningTitle.close}. */
async function stopTitle(
  process: SessionProcess,
  display: DisplayAccess,
  graces: Graces,
): Promise<void> {
  const gone = process.exited;
  if (await settlesWithin(gone, 0)) return;
  const asked = await closeWindows(display, graces.askMs);
  if (asked > 0 && (await settlesWithin(gone, graces.deleteWindowMs))) return;
  terminate(process);
  if (await settlesWithin(gone, graces.termMs)) return;
  killTree(process);
  await settlesWithin(gone, 1000);
}

/**
 * SIGTERM for the processes inside. The sandbox's own two (its monitor and its process 1) do not get it: their end would kill the
 * rest at once. Children first, so that a shell does not end before its child has saved.
 */
function terminate(process: SessionProcess): void {
  const inside = descendants(process.pid).filter(({ name }) => name !== 'bwrap');
  if (inside.length === 0) process.kill('SIGTERM');
  for (const { pid } of inside.reverse()) signalProcess(pid, 'SIGTERM');
}

/** SIGKILL for the process 1 of the pid namespace takes all of it; the others are for the case without a sandbox. */
function killTree(process: SessionProcess): void {
  const family = descendants(process.pid);
  process.kill('SIGKILL');
  for (const { pid } of family) signalProcess(pid, 'SIGKILL');
}

/** Control characters could rewrite an operator's terminal. */
function printable(line: string): string {
  return line.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
}
