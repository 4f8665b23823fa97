// What runs inside of a title's sandbox, and the bubblewrap command line around it (TITLES.md, "bubblewrap"). Pure.
import { basename } from 'node:path';
import { TITLE_PATH } from '../titles/load-title.ts';
import type { TitleManifest } from '../titles/title.ts';
import { systemBinds } from './system-binds.ts';

/** Paths as the title sees them. */
const HOME = '/home/player';
const TITLE_FOLDER = '/title';
const X_SOCKET = '/tmp/.X11-unix/X0';
const PULSE_SOCKET = '/run/pulse/native';
const RUNTIME_FOLDER = '/run/user';
const AUTHORITY = '/run/xauthority';

/** What of /etc programs need: fonts, alternatives' links, sound and browser settings; no host names, no accounts. */
const ETC = [
  '/etc/fonts',
  '/etc/alternatives',
  '/etc/openal',
  '/etc/chromium.d',
  '/etc/gtk-3.0',
  '/etc/dbus-1',
  '/etc/matchbox',
  '/etc/localtime',
  '/etc/crispy-doom',
];

/** May be filled by a title; the memory counts against its cgroup. */
const TMP_BYTES = 512 * 1024 * 1024;
const SHM_BYTES = 256 * 1024 * 1024;
const RUN_BYTES = 16 * 1024 * 1024;

export type SandboxPaths = {
  /** Staged folder of the title. */
  readonly titleFolder: string;
  readonly home: string;
  readonly xSocket: string;
  readonly authority: string;
  readonly pulseSocket: string | null;
  /** passwd and group files with the one user of the sandbox, and a machine id of the session. */
  readonly passwd: string;
  readonly group: string;
  readonly machineId: string;
};

/** Uid and gid inside; outside it is the session's title uid. */
export const INNER_UID = 1000;

/** Files for /etc, so that programs find a name for their uid. */
export const INNER_PASSWD = `player:x:${String(INNER_UID)}:${String(INNER_UID)}:Player:${HOME}:/bin/sh\n`;
export const INNER_GROUP = `player:x:${String(INNER_UID)}:\n`;

/**
 * The window manager runs beside the title. It is waited for (it owns _NET_SUPPORTING_WM_CHECK then, at most 2 s), because windows that are
 * mapped before it keep their small default size. Arguments: the title's command line.
 */
const MATCHBOX_SCRIPT = `matchbox-window-manager -use_titlebar no -use_desktop_mode plain &
n=0
while [ $n -lt 100 ]; do
  if ! command -v xprop >/dev/null; then sleep 0.3; break; fi
  case "$(xprop -root _NET_SUPPORTING_WM_CHECK 2>/dev/null)" in *window*) break ;; esac
  n=$((n + 1))
  sleep 0.02
done
exec "$@"
`;

/** The command line inside: bus, window manager, title. */
export function innerCommand(manifest: TitleManifest): [string, ...string[]] {
  const program = manifest.command.startsWith('/')
    ? manifest.command
    : manifest.command.includes('/')
      ? `${TITLE_FOLDER}/${manifest.command}`
      : manifest.command;
  const title: [string, ...string[]] = [program, ...manifest.args];
  const managed: [string, ...string[]] =
    manifest.windowManager === 'matchbox'
      ? ['/bin/sh', '-c', MATCHBOX_SCRIPT, 'window-manager', ...title]
      : title;
  return manifest.dbusSession ? ['dbus-run-session', '--', ...managed] : managed;
}

/** Environment of a title: clean, then what it asks for. */
export function titleEnvironment(
  manifest: TitleManifest,
  places: {
    display: string;
    authority: string;
    pulse: string | null;
    runtime: string;
    home: string;
  },
): Record<string, string> {
  return {
    LANG: 'C.UTF-8',
    PATH: TITLE_PATH,
    USER: 'player',
    LOGNAME: 'player',
    SHELL: '/bin/sh',
    NO_AT_BRIDGE: '1',
    GSETTINGS_BACKEND: 'keyfile',
    GSK_RENDERER: 'cairo',
    LIBGL_ALWAYS_SOFTWARE: '1',
    // Small buffers: PulseAudio's default is up to 2 s (PHONE.md section 5).
    PULSE_LATENCY_MSEC: '20',
    ...manifest.env,
    HOME: places.home,
    DISPLAY: places.display,
    XAUTHORITY: places.authority,
    XDG_RUNTIME_DIR: places.runtime,
    ...(places.pulse === null ? {} : { PULSE_SERVER: `unix:${places.pulse}` }),
  };
}

/** bubblewrap around the title; `--seccomp 3` reads the filter from descriptor 3. */
export function bwrapCommand(manifest: TitleManifest, paths: SandboxPaths): [string, ...string[]] {
  const namespaces = ['user', 'pid', 'net', 'uts'].map((name) => `--unshare-${name}`);
  const pulse = paths.pulseSocket === null ? [] : ['--ro-bind', paths.pulseSocket, PULSE_SOCKET];
  const environment = titleEnvironment(manifest, {
    display: ':0',
    authority: AUTHORITY,
    pulse: paths.pulseSocket === null ? null : PULSE_SOCKET,
    runtime: RUNTIME_FOLDER,
    home: HOME,
  });
  const id = String(INNER_UID);
  return [
    'bwrap',
    ...namespaces,
    '--unshare-cgroup-try',
    ...['--uid', id, '--gid', id, '--hostname', 'perigee', '--cap-drop', 'ALL'],
    ...(manifest.nestedSandbox ? [] : ['--disable-userns']),
    ...['--die-with-parent', '--new-session', '--seccomp', '3', '--clearenv'],
    ...systemBinds(ETC),
    ...['--ro-bind', paths.passwd, '/etc/passwd', '--ro-bind', paths.group, '/etc/group'],
    ...['--ro-bind', paths.machineId, '/etc/machine-id'],
    ...['--proc', '/proc', '--dev', '/dev'],
    ...['--size', String(SHM_BYTES), '--perms', '1777', '--tmpfs', '/dev/shm'],
    ...['--size', String(TMP_BYTES), '--perms', '1777', '--tmpfs', '/tmp'],
    ...['--size', String(RUN_BYTES), '--tmpfs', '/run', '--size', '4096', '--tmpfs', '/var'],
    ...['--bind', paths.home, HOME, '--ro-bind', paths.titleFolder, TITLE_FOLDER],
    ...['--ro-bind', paths.xSocket, X_SOCKET, '--ro-bind', paths.authority, AUTHORITY],
    ...pulse,
    ...['--perms', '0700', '--dir', RUNTIME_FOLDER],
    // Last, because binds make their own mount points: only home, /tmp, /run and /dev/shm stay writable.
    ...['--remount-ro', '/dev', '--remount-ro', '/var', '--remount-ro', '/'],
    ...Object.entries(environment).flatMap(([name, value]) => ['--setenv', name, value]),
    ...['--chdir', TITLE_FOLDER, '--', ...innerCommand(manifest)],
  ];
}

/** The same without a sandbox (only when the operator asked for it by name): command and environment on the host. */
export function bareCommand(
  manifest: TitleManifest,
  paths: SandboxPaths,
  display: string,
): { command: [string, ...string[]]; env: Record<string, string>; cwd: string } {
  const [program, ...args] = innerCommand(manifest).map((part) =>
    part.startsWith(`${TITLE_FOLDER}/`)
      ? `${paths.titleFolder}/${part.slice(TITLE_FOLDER.length + 1)}`
      : part,
  );
  return {
    command: [program ?? basename(manifest.command), ...args],
    env: titleEnvironment(manifest, {
      display,
      authority: paths.authority,
      pulse: paths.pulseSocket,
      runtime: paths.home,
      home: paths.home,
    }),
    cwd: paths.titleFolder,
  };
}
