// Which cgroup hierarchies this process may make groups in (cgroups(7), kernel cgroup-v1 and cgroup-v2 documents).
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const CONTROLLERS = ['cpu', 'memory', 'pids'] as const;
export type Controller = (typeof CONTROLLERS)[number];

/** One mounted hierarchy; `base` is the writable folder below which our groups are made. */
export type Hierarchy = {
  readonly version: 1 | 2;
  readonly base: string;
  readonly controllers: readonly Controller[];
};

/**
 * Reads /proc/self/mountinfo and /proc/self/cgroup (given as text) and returns where this process itself is placed in each
 * hierarchy that is of use. Nothing is tried yet.
 */
export function findHierarchies(mountInfo: string, ownCgroups: string): Hierarchy[] {
  const found = new Map<string, Hierarchy>();
  for (const line of mountInfo.split('\n')) {
    const [left, right] = line.split(' - ');
    if (left === undefined || right === undefined) continue;
    const [, , , root = '/', mountPoint = ''] = left.split(' ');
    const [type, , options = ''] = right.split(' ');
    if (type !== 'cgroup' && type !== 'cgroup2') continue;
    const own = ownPath(ownCgroups, type, options.split(','), root);
    const base = join(mountPoint, own).replace(/\/$/, '');
    if (type === 'cgroup2') {
      found.set(base, { version: 2, base, controllers: v2Controllers(base) });
      continue;
    }
    const controllers = CONTROLLERS.filter((name) => options.split(',').includes(name));
    if (controllers.length > 0) found.set(base, { version: 1, base, controllers });
  }
  return [...found.values()];
}

function ownPath(
  ownCgroups: string,
  type: string,
  options: readonly string[],
  root: string,
): string {
  for (const line of ownCgroups.split('\n')) {
    const [id, names = '', ...rest] = line.split(':');
    const isMatch =
      type === 'cgroup2'
        ? id === '0' && names === ''
        : names.split(',').some((name) => name !== '' && options.includes(name));
    if (!isMatch) continue;
    // A mount may show only a part of the hierarchy (containers); what lies outside of it cannot be named.
    const path = rest.join(':');
    if (root === '/') return path;
    return path.startsWith(`${root}/`) ? path.slice(root.length) : '';
  }
  return '';
}

function v2Controllers(base: string): Controller[] {
  try {
    const names = readFileSync(join(base, 'cgroup.controllers'), 'utf8').split(/\s+/);
    return CONTROLLERS.filter((name) => names.includes(name));
  } catch {
    return [];
  }
}

/** Tries to make, fill and remove a group. @returns the hierarchy with the controllers that really work, or null. */
export function tryHierarchy(hierarchy: Hierarchy): Hierarchy | null {
  const folder = join(hierarchy.base, 'perigee');
  const probe = join(folder, `probe-${String(process.pid)}`);
  try {
    makeGroup(folder);
    const controllers =
      hierarchy.version === 1 ? hierarchy.controllers : passDown(hierarchy.base, folder);
    mkdirSync(probe);
    rmdirSync(probe);
    return { ...hierarchy, controllers };
  } catch {
    return null;
  }
}

/** Makes one group; it may exist. Never `recursive`: on a kernel file system Node's own recursion can go on for ever (seen on /proc). */
export function makeGroup(folder: string): void {
  if (!existsSync(folder)) mkdirSync(folder);
}

/** v2: a group has the controllers that its parent passes down. @returns those that arrive in `folder`'s children. */
function passDown(base: string, folder: string): Controller[] {
  for (const parent of [base, folder]) enableControllers(parent);
  return v2Controllers(folder);
}

/** v2: passes every controller of use to the children of `folder`, one by one, because one that is missing refuses the whole line. */
export function enableControllers(folder: string): void {
  for (const name of v2Controllers(folder)) {
    try {
      writeFileSync(join(folder, 'cgroup.subtree_control'), `+${name}`);
    } catch {
      // Busy (processes in the group itself) or not delegated: the limits of this controller are then missing.
    }
  }
}

/** Whether the kernel can kill a whole v2 group at once (Linux 5.14). */
export function hasKillFile(folder: string): boolean {
  return existsSync(join(folder, 'cgroup.kill'));
}
