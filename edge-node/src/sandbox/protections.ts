// Finds out by trial what this host can protect, so that an operator reads it at start and not in a news article.
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { CONTROLLERS, type Controller } from './cgroup-hierarchies.ts';
import type { CgroupDriver } from './cgroup.ts';
import { slotIdentity, titleCredentials } from './identity.ts';
import { buildLaunch, findProgram } from './launch.ts';
import { writeSeccompFilter } from './seccomp.ts';

export type Protections = {
  /** What is missing, one plain sentence each; empty on a fully protected host. */
  readonly missing: readonly string[];
  /** Whether a title can be sandboxed at all. */
  readonly canSandbox: boolean;
};

const TRIAL_LIMIT_MS = 10_000;
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' };

/** Tries sandbox, system call filter, uids and cgroups once. Never throws. `uidBase` as in slotIdentity(). */
export async function detectProtections(
  cgroups: CgroupDriver,
  uidBase?: number,
): Promise<Protections> {
  const missing: string[] = [];
  const identity = slotIdentity(0, uidBase);
  if (!identity.isIsolated) {
    missing.push(
      'The agent cannot use other uids (not root): title, display and session host share one uid.',
    );
  }
  missing.push(...missingCgroups(cgroups));
  const sandbox = await trySandbox(uidBase);
  if (sandbox !== null) {
    missing.push(`Titles cannot be sandboxed: ${sandbox}`);
    missing.push("The X server shares the host's IPC and network namespaces.");
    return { missing, canSandbox: false };
  }
  return { missing, canSandbox: true };
}

function missingCgroups(cgroups: CgroupDriver): string[] {
  if (cgroups.kind === 'none') {
    return [
      'No cgroup can be made: memory, processes and processor time of a title are not limited.',
    ];
  }
  const text: Record<Controller, string> = {
    cpu: "A title's share of the processor is not limited (no cpu controller).",
    memory: "A title's memory is not limited (no memory controller).",
    pids: 'The number of processes of a title is limited by its uid only (no pids controller).',
  };
  return CONTROLLERS.filter((name) => !cgroups.controllers.includes(name)).map(
    (name) => text[name],
  );
}

/** Runs `true` in the namespaces and with the filter that titles get. @returns null when it worked, else why not. */
async function trySandbox(uidBase: number | undefined): Promise<string | null> {
  for (const tool of ['bwrap', 'setpriv', 'prlimit', 'nsenter']) {
    if (findProgram(tool) === null) return `${tool} is not installed`;
  }
  const folder = mkdtempSync(join(tmpdir(), 'perigee-trial-'));
  try {
    const filter = join(folder, 'filter');
    writeSeccompFilter(filter);
    const fd = openSync(filter, 'r');
    try {
      return await runTrial(fd, uidBase);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runTrial(filterFd: number, uidBase: number | undefined): Promise<string | null> {
  const namespaces = ['user', 'pid', 'net', 'uts', 'ipc'].map((name) => `--unshare-${name}`);
  const { file, args } = buildLaunch({
    credentials: titleCredentials(slotIdentity(0, uidBase)),
    command: [
      'bwrap',
      ...namespaces,
      ...['--disable-userns', '--cap-drop', 'ALL', '--die-with-parent', '--new-session'],
      ...[
        '--seccomp',
        '3',
        '--ro-bind',
        '/',
        '/',
        '--proc',
        '/proc',
        '--dev',
        '/dev',
        '--',
        'true',
      ],
    ],
  });
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      env: ENVIRONMENT,
      stdio: ['ignore', 'ignore', 'pipe', filterFd],
      timeout: TRIAL_LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      if (said.length < 400) said += chunk.toString('utf8').slice(0, 400);
    });
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('close', (status) => {
      resolve(status === 0 ? null : said.trim() || `status ${String(status)}`);
    });
  });
}
