// After an agent died by force (kill -9, power): the kernel killed its direct children; here goes whatever is left.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeBareDisplay } from './bare-display.ts';
import type { CgroupDriver } from './cgroup.ts';
import { OWNER_FILE, PID_JOURNAL, removeTree } from './folders.ts';
import type { Log } from './log.ts';
import { bootId, descendants, isAlive, signalProcess, type ProcessKey } from './proc.ts';

export type OrphanReport = {
  readonly cgroups: number;
  readonly processes: number;
  readonly folders: number;
};

/**
 * Kills and removes what dead agents of this run folder left: cgroups, journaled processes with their children, session folders.
 * Sessions of an agent that is alive are left alone. Call it before the first session is made. Mounts need no care: all are in
 * mount namespaces that end with their processes.
 */
export async function cleanOrphans(
  runDir: string,
  cgroups: CgroupDriver,
  log: Log,
): Promise<OrphanReport> {
  const removedCgroups = await cgroups.removeOrphans();
  let processes = 0;
  let folders = 0;
  for (const root of sessionRoots(runDir)) {
    const owner = readOwner(root);
    if (owner !== undefined && isAlive(owner)) continue;
    processes += killJournaled(root, owner);
    removeBareDisplay(root);
    removeTree(root);
    folders += 1;
  }
  const report = { cgroups: removedCgroups, processes, folders };
  if (removedCgroups + processes + folders > 0) {
    log.warn({ ...report, runDir }, 'removed what an agent that died had left');
  }
  return report;
}

function sessionRoots(runDir: string): string[] {
  const sessions = join(runDir, 'sessions');
  try {
    return readdirSync(sessions).map((name) => join(sessions, name));
  } catch {
    return [];
  }
}

function readOwner(root: string): ProcessKey | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(join(root, OWNER_FILE), 'utf8'));
    if (typeof value !== 'object' || value === null) return undefined;
    const { pid, startTicks, bootId: boot } = value as Record<string, unknown>;
    if (typeof pid !== 'number' || typeof startTicks !== 'string' || typeof boot !== 'string') {
      return undefined;
    }
    return { pid, startTicks, bootId: boot };
  } catch {
    return undefined;
  }
}

/** Kills the processes that the session's journal names, if they are still the same ones. */
function killJournaled(root: string, owner: ProcessKey | undefined): number {
  if (owner?.bootId !== bootId()) return 0;
  let journal = '';
  try {
    journal = readFileSync(join(root, PID_JOURNAL), 'latin1');
  } catch {
    return 0;
  }
  let killed = 0;
  for (const line of journal.split('\n')) {
    const match = /^(\d+) (\d+)$/.exec(line);
    if (match === null) continue;
    const key = { pid: Number(match[1]), startTicks: match[2] ?? '', bootId: owner.bootId };
    if (!isAlive(key)) continue;
    const family = [key.pid, ...descendants(key.pid).map(({ pid }) => pid)];
    for (const pid of family) signalProcess(pid, 'SIGKILL');
    killed += family.length;
  }
  return killed;
}
