// Command lines of the X servers, inside and outside of a sandbox. Pure but for the look at what is installed.
import { findProgram } from '../sandbox/launch.ts';
import { systemBinds } from '../sandbox/system-binds.ts';
import type { Resolution } from '@perigee/protocol';
import { MAX_SCREEN } from './xorg-config.ts';

/** The server binary itself, not Debian's wrapper, which wants a console. */
const XORG = '/usr/lib/xorg/Xorg';
const XVFB = '/usr/bin/Xvfb';

export type DisplayCandidate = {
  readonly server: 'xorg-dummy' | 'xvfb';
  readonly isSandboxed: boolean;
};

export type ServerFiles = {
  readonly x11Folder: string;
  readonly inputFolder: string;
  readonly config: string;
  readonly authority: string;
};

/** Installed servers, best first. */
export function displayCandidates(): DisplayCandidate[] {
  const servers: DisplayCandidate['server'][] = [];
  if (findProgram(XORG) !== null) servers.push('xorg-dummy');
  if (findProgram(XVFB) !== null) servers.push('xvfb');
  const sandboxing = findProgram('bwrap') === null ? [false] : [true, false];
  return sandboxing.flatMap((isSandboxed) => servers.map((server) => ({ server, isSandboxed })));
}

type Command = [string, ...string[]];

/** `-noreset`: the server outlives its last client. `local` is the abstract socket, which ignores folders' rights. */
const COMMON = ['-noreset', '-nolisten', 'tcp', '-nolisten', 'local'];

function serverCommand(
  server: DisplayCandidate['server'],
  paths: { readonly config: string; readonly authority: string },
  resolution: Resolution,
): Command {
  if (server === 'xvfb') {
    // Xvfb can become smaller by RandR, never larger than it started.
    const width = Math.max(resolution.width, MAX_SCREEN.width);
    const height = Math.max(resolution.height, MAX_SCREEN.height);
    const screen = ['-screen', '0', `${String(width)}x${String(height)}x24`];
    return [XVFB, ...screen, '-auth', paths.authority, ...COMMON];
  }
  const console = ['-novtswitch', '-sharevts'];
  const log = ['-logfile', '/dev/null', '-logverbose', '0', '-verbose', '3'];
  return [XORG, '-config', paths.config, '-auth', paths.authority, ...console, ...log, ...COMMON];
}

/**
 * The server in namespaces of its own (user, ipc, net, pid, uts, mount), which always serves `:0`. `--info-fd 3` tells the pid of a
 * process inside. One user namespace only (no `--dev`, which makes bwrap nest a second one): a title that does not come from root
 * must be able to enter the one that owns the IPC namespace.
 */
export function sandboxedServer(
  server: DisplayCandidate['server'],
  files: ServerFiles,
  resolution: Resolution,
): Command {
  const inner = { config: '/run/perigee/xorg.conf', authority: '/run/perigee/xauthority' };
  const [program, ...args] = serverCommand(server, inner, resolution);
  const namespaces = ['user', 'ipc', 'net', 'uts', 'pid'].map((name) => `--unshare-${name}`);
  const devices = ['null', 'zero', 'urandom'].flatMap((d) => [
    '--dev-bind',
    `/dev/${d}`,
    `/dev/${d}`,
  ]);
  const binds = [
    ...['--dir', '/dev', ...devices, '--tmpfs', '/tmp', '--tmpfs', '/run'],
    ...['--ro-bind', files.config, inner.config, '--ro-bind', files.authority, inner.authority],
    ...['--bind', files.inputFolder, '/run/perigee/input'],
    ...['--bind', files.x11Folder, '/tmp/.X11-unix'],
  ];
  const options = ['--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--info-fd', '3'];
  const system = systemBinds(['/etc/X11']);
  return ['bwrap', ...namespaces, ...system, ...binds, ...options, '--', program, ':0', ...args];
}

/** The bare server. Its lock file keeps the number from being taken twice. */
export function unsandboxedServer(
  server: DisplayCandidate['server'],
  files: ServerFiles,
  screen: { readonly resolution: Resolution; readonly number: number },
): Command {
  const [program, ...args] = serverCommand(server, files, screen.resolution);
  return [program, `:${String(screen.number)}`, ...args];
}
