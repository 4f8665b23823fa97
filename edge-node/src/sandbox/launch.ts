// Builds the command line that starts every process of a session. One fixed shell script interprets operations that come as
// positional arguments; nothing from a title or a path is ever part of the script's text. Each step replaces the process (exec),
// so the pid that Node sees is the pid of the program, and the kernel kills it when the agent dies (PR_SET_PDEATHSIG).
import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Credentials } from './identity.ts';

// `bound DIR BYTES UID GID`: DIR's content moves to a filesystem of that size in memory, in this mount namespace only.
// `cover DIR COUNT PATH...`: an empty folder takes the place of DIR in this mount namespace; only the PATHs below it stay visible.
const SCRIPT = `set -eu
while [ $# -gt 0 ]; do
  case "$1" in
    join) echo $$ > "$2"; shift 2 ;;
    cover)
      dir=$2; count=$3; shift 3
      mount -t tmpfs -o mode=0755,size=1m tmpfs /mnt
      while [ "$count" -gt 0 ]; do
        place="/mnt/\${1#"$dir"/}"
        if [ -d "$1" ]; then mkdir -p "$place"; else mkdir -p "\${place%/*}"; : > "$place"; fi
        mount --rbind "$1" "$place"
        shift; count=$((count - 1))
      done
      mount --move /mnt "$dir" ;;
    bound)
      mount -t tmpfs -o "size=$3,uid=$4,gid=$5,mode=0700" tmpfs /mnt
      cp -a "$2/." /mnt/
      mount --move /mnt "$2"
      shift 5 ;;
    exec) shift; exec "$@" ;;
    *) echo "unknown operation $1" >&2; exit 125 ;;
  esac
done
exit 125
`;

export type ResourceLimits = {
  readonly openFiles: number;
  /** Processes of the whole uid; only useful where the uid belongs to the session alone. */
  readonly processes: number | null;
  readonly fileSizeBytes: number;
};

export type LaunchOptions = {
  readonly command: readonly [string, ...string[]];
  /** Null keeps the caller's uid (not root). */
  readonly credentials: Credentials | null;
  /** `cgroup.procs` files to join, as the caller's uid, before anything else. */
  readonly cgroupProcsFiles?: readonly string[];
  /** Join the System V IPC namespace of this process (the session's X server). */
  readonly ipcNamespacePid?: number | null;
  /**
   * Absolute files and folders that must be reachable although an ancestor (such as /root) is closed to the uid: everything else below
   * that ancestor is hidden from the process. Their own rights are not changed. Without credentials it does nothing.
   */
  readonly reachable?: readonly string[];
  /**
   * A writable folder that gets a filesystem of its own of at most so many bytes, in memory, seen by this process and its children alone.
   * Without credentials it does nothing: mounting needs root.
   */
  readonly boundedFolder?: { readonly path: string; readonly bytes: number };
  readonly limits?: ResourceLimits;
};

const PRIVATE_MOUNTS = ['unshare', '--mount', '--propagation', 'private', '--'] as const;
const SELF = ['/bin/sh', '-c', SCRIPT, 'perigee-launch'] as const;

/** @returns program and arguments for spawn(). The environment passes through unchanged; PATH must be in it. */
export function buildLaunch(options: LaunchOptions): { file: string; args: string[] } {
  const argv: string[] = [...SELF];
  for (const file of options.cgroupProcsFiles ?? []) argv.push('join', file);
  argv.push('exec');
  argv.push(...boundSteps(options));
  argv.push(...coverSteps(options));
  argv.push(...ipcSteps(options));
  if (options.limits !== undefined) argv.push(...limitSteps(options.limits));
  argv.push(...credentialSteps(options.credentials));
  argv.push(...options.command);
  return { file: argv[0] ?? '/bin/sh', args: argv.slice(1) };
}

function boundSteps({ credentials, boundedFolder }: LaunchOptions): string[] {
  if (credentials === null || boundedFolder === undefined) return [];
  const { path, bytes } = boundedFolder;
  const owner = [String(credentials.uid), String(credentials.gid)];
  return [...PRIVATE_MOUNTS, ...SELF, 'bound', path, String(bytes), ...owner, 'exec'];
}

function coverSteps(options: LaunchOptions): string[] {
  const { credentials, reachable = [] } = options;
  if (credentials === null) return [];
  const byAncestor = new Map<string, string[]>();
  for (const path of reachable.flatMap((given) => passable(given, credentials))) {
    const closed = closedAncestor(path, credentials);
    if (closed === null || closed === '/') continue;
    byAncestor.set(closed, [...(byAncestor.get(closed) ?? []), path]);
  }
  if (byAncestor.size === 0) return [];
  const steps = [...byAncestor].flatMap(([dir, paths]) => [
    'cover',
    dir,
    String(paths.length),
    ...paths,
  ]);
  return [...PRIVATE_MOUNTS, ...SELF, ...steps, 'exec'];
}

/** A folder that is closed itself stands for what is in it, as the folder that takes its place is open. */
function passable(path: string, credentials: Credentials): string[] {
  if (!statSync(path).isDirectory() || mayPass(path, credentials)) return [path];
  return readdirSync(path).map((name) => join(path, name));
}

function ipcSteps(options: LaunchOptions): string[] {
  if (options.ipcNamespacePid == null) return [];
  const namespaces = `/proc/${String(options.ipcNamespacePid)}/ns`;
  // Without root, the right to enter comes from owning the user namespace that owns the IPC namespace.
  const user =
    options.credentials === null ? ['--preserve-credentials', `--user=${namespaces}/user`] : [];
  return ['nsenter', ...user, `--ipc=${namespaces}/ipc`, '--'];
}

function limitSteps(limits: ResourceLimits): string[] {
  const argv = ['prlimit', '--core=0:0', `--nofile=${String(limits.openFiles)}`];
  argv.push(`--fsize=${String(limits.fileSizeBytes)}`);
  if (limits.processes !== null) argv.push(`--nproc=${String(limits.processes)}`);
  return argv;
}

function credentialSteps(credentials: Credentials | null): string[] {
  const common = ['--no-new-privs', '--inh-caps=-all', '--pdeathsig', 'KILL', '--'];
  if (credentials === null) return ['setpriv', ...common];
  const { uid, gid, groups } = credentials;
  const groupFlags = groups.length === 0 ? ['--clear-groups'] : ['--groups', groups.join(',')];
  return [
    'setpriv',
    '--reuid',
    String(uid),
    '--regid',
    String(gid),
    ...groupFlags,
    '--bounding-set=-all',
    ...common,
  ];
}

/** The topmost ancestor of `path` that the given identity may not pass, or null. */
export function closedAncestor(path: string, credentials: Credentials): string | null {
  let closed: string | null = null;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (!mayPass(folder, credentials)) closed = folder;
    if (folder === dirname(folder)) return closed;
  }
}

/** Whether the identity has search permission on one folder (its ancestors are not looked at; ACLs are not read). */
export function mayPass(folder: string, credentials: Credentials): boolean {
  const { mode, uid, gid } = statSync(folder);
  if (uid === credentials.uid) return (mode & 0o100) !== 0;
  if (gid === credentials.gid || credentials.groups.includes(gid)) return (mode & 0o010) !== 0;
  return (mode & 0o001) !== 0;
}

/** Whether a program of this name is in one of the folders of `path` (default: the system's). */
export function findProgram(name: string, path = '/usr/local/bin:/usr/bin:/bin'): string | null {
  const candidates = name.includes('/') ? [name] : path.split(':').map((dir) => `${dir}/${name}`);
  for (const candidate of candidates) {
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not here.
    }
  }
  return null;
}
