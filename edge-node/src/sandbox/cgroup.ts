// One cgroup per session with a group each for display, host and title: limits, one place to kill everything, and the way to find
// what a dead agent left behind. Works with v2, with v1 controllers beside a v2 tree (hybrid), and without any.
import { createHash } from 'node:crypto';
import {
  existsSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
  type Dirent,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CONTROLLERS,
  enableControllers,
  findHierarchies,
  hasKillFile,
  makeGroup,
  tryHierarchy,
  type Controller,
  type Hierarchy,
} from './cgroup-hierarchies.ts';
import { bootId, isAlive, ownProcessKey, signalProcess } from './proc.ts';

export type CgroupPart = 'display' | 'host' | 'title';
const PARTS: readonly CgroupPart[] = ['display', 'host', 'title'];

export type PartLimits = {
  readonly memoryBytes: number | null;
  readonly processes: number;
  /** cpu.weight of v2, 1..10000, 100 is the kernel's default; v1 gets shares in the same proportion. */
  readonly cpuWeight: number;
};

const MEBIBYTE = 1024 * 1024;
/** Chosen: the stream goes before the title; a title that fills the X server's memory ends its own display only. */
const DEFAULT_LIMITS: Record<CgroupPart, PartLimits> = {
  display: { memoryBytes: 1024 * MEBIBYTE, processes: 64, cpuWeight: 300 },
  host: { memoryBytes: null, processes: 512, cpuWeight: 400 },
  title: { memoryBytes: 2048 * MEBIBYTE, processes: 512, cpuWeight: 50 },
};

/** How long a kill may take before it is given up, ms (a process in an uninterruptible wait). */
const KILL_LIMIT_MS = 4000;

export type SessionCgroup = {
  /** `cgroup.procs` files that a process joins by writing its pid; empty without cgroups. */
  procsFiles(part: CgroupPart): string[];
  /** Sets the title's memory limit (its manifest may ask for another one than the default). */
  limitTitleMemory(bytes: number): void;
  /** Pids inside, all parts. */
  pids(): number[];
  /** Kills everything inside and removes the groups. @returns false when something would not die in time. Idempotent. */
  remove(): Promise<boolean>;
};

export type CgroupDriver = {
  readonly kind: 'v2' | 'hybrid' | 'v1' | 'none';
  /** Controllers whose limits hold. */
  readonly controllers: readonly Controller[];
  /** Makes `perigee/<instance>/<name>`. @throws when the hierarchy changed since detection */
  createSession(name: string): SessionCgroup;
  /**
   * Kills and removes the groups of dead agents of the same run folder, and removes empty groups of dead agents of others.
   * @returns the number of sessions of this run folder that were removed
   */
  removeOrphans(): Promise<number>;
  /** Removes this agent's own (empty) group. */
  close(): void;
};

export type CgroupSource = { readonly mountInfo: string; readonly ownCgroups: string };

function readSource(): CgroupSource {
  const read = (path: string): string => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return '';
    }
  };
  return { mountInfo: read('/proc/self/mountinfo'), ownCgroups: read('/proc/self/cgroup') };
}

/** Finds out by trial what this process may do. `runDir` names the agent's groups apart from those of other agents. */
export function detectCgroups(runDir: string, source: CgroupSource = readSource()): CgroupDriver {
  const usable = findHierarchies(source.mountInfo, source.ownCgroups)
    .map(tryHierarchy)
    .filter((hierarchy) => hierarchy !== null);
  const family = createHash('sha256').update(runDir).digest('hex').slice(0, 12);
  const own = ownProcessKey();
  const instance = `${family}-${String(own.pid)}-${own.startTicks}`;
  const hasV1 = usable.some((h) => h.version === 1);
  const hasV2 = usable.some((h) => h.version === 2);
  return {
    kind: hasV1 && hasV2 ? 'hybrid' : hasV2 ? 'v2' : hasV1 ? 'v1' : 'none',
    controllers: CONTROLLERS.filter((name) => usable.some((h) => h.controllers.includes(name))),
    createSession: (name) => createSession(usable, join('perigee', instance, name)),
    removeOrphans: () => removeOrphans(usable, family),
    close: () => {
      for (const { base } of usable) removeGroups(join(base, 'perigee', instance));
    },
  };
}

function createSession(hierarchies: readonly Hierarchy[], name: string): SessionCgroup {
  const roots = hierarchies.map(({ base }) => join(base, name));
  for (const hierarchy of hierarchies) {
    const root = join(hierarchy.base, name);
    for (const group of [dirname(root), root, ...PARTS.map((part) => join(root, part))]) {
      makeGroup(group);
    }
    if (hierarchy.version === 2) {
      enableControllers(dirname(root));
      enableControllers(root);
    }
    for (const part of PARTS) applyLimits(hierarchy, join(root, part), DEFAULT_LIMITS[part]);
  }
  let removing: Promise<boolean> | undefined;
  return {
    procsFiles: (part) => roots.map((root) => join(root, part, 'cgroup.procs')),
    limitTitleMemory(bytes) {
      for (const h of hierarchies) applyMemory(h, join(h.base, name, 'title'), bytes);
    },
    pids: () => pidsOf(roots),
    remove: () => (removing ??= killAndRemove(roots)),
  };
}

function applyLimits(hierarchy: Hierarchy, folder: string, limits: PartLimits): void {
  const { controllers, version } = hierarchy;
  if (limits.memoryBytes !== null) applyMemory(hierarchy, folder, limits.memoryBytes);
  if (controllers.includes('pids')) put(folder, 'pids.max', limits.processes);
  if (!controllers.includes('cpu')) return;
  if (version === 2) put(folder, 'cpu.weight', limits.cpuWeight);
  else put(folder, 'cpu.shares', Math.round((limits.cpuWeight * 1024) / 100));
}

function applyMemory(hierarchy: Hierarchy, folder: string, bytes: number): void {
  if (!hierarchy.controllers.includes('memory')) return;
  if (hierarchy.version === 2) {
    put(folder, 'memory.max', bytes);
    put(folder, 'memory.swap.max', 0);
    put(folder, 'memory.oom.group', 1);
    return;
  }
  put(folder, 'memory.limit_in_bytes', bytes);
  put(folder, 'memory.memsw.limit_in_bytes', bytes);
}

/** Writes one control file; a kernel without it has no such limit. */
function put(folder: string, file: string, value: number): void {
  try {
    writeFileSync(join(folder, file), String(value), { flag: 'r+' });
  } catch {
    // Not built into this kernel (swap accounting) or not permitted.
  }
}

function subfolders(folder: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
}

function groupAndBelow(folder: string): string[] {
  return [folder, ...subfolders(folder).flatMap(groupAndBelow)];
}

function pidsOf(roots: readonly string[]): number[] {
  const pids = new Set<number>();
  for (const folder of roots.flatMap(groupAndBelow)) {
    let text = '';
    try {
      text = readFileSync(join(folder, 'cgroup.procs'), 'latin1');
    } catch {
      // Removed meanwhile.
    }
    for (const line of text.split('\n')) if (line !== '' && line !== '0') pids.add(Number(line));
  }
  return [...pids];
}

async function killAndRemove(roots: readonly string[]): Promise<boolean> {
  const endMs = performance.now() + KILL_LIMIT_MS;
  for (;;) {
    for (const root of roots) {
      if (hasKillFile(root)) put(root, 'cgroup.kill', 1);
    }
    // Again and again, because a fork may win against one round (v1 has no cgroup.kill).
    for (const pid of pidsOf(roots)) signalProcess(pid, 'SIGKILL');
    if (roots.map(removeGroups).every((isGone) => isGone)) return true;
    if (performance.now() > endMs) return false;
    await delay(10);
  }
}

/** Removes a group and those below it. @returns whether it is gone. */
function removeGroups(root: string): boolean {
  for (const folder of groupAndBelow(root).reverse()) {
    try {
      rmdirSync(folder);
    } catch {
      // Busy or gone.
    }
  }
  return !existsSync(root);
}

async function removeOrphans(hierarchies: readonly Hierarchy[], family: string): Promise<number> {
  const sessions = new Set<string>();
  const boot = bootId();
  for (const { base } of hierarchies) {
    for (const folder of subfolders(join(base, 'perigee'))) {
      const match = /^([0-9a-f]{12})-(\d+)-(\d+)$/.exec(folder.slice(folder.lastIndexOf('/') + 1));
      if (match === null) continue;
      const key = { pid: Number(match[2]), startTicks: match[3] ?? '', bootId: boot };
      if (isAlive(key)) continue;
      if (match[1] !== family) {
        // Another run folder's, and perhaps only invisible from here (another pid namespace): nothing is killed, empty groups go.
        removeGroups(folder);
        continue;
      }
      for (const session of subfolders(folder)) sessions.add(session.slice(base.length));
      await killAndRemove([folder]);
    }
  }
  return sessions.size;
}
