// CPU time and memory of processes, from /proc (proc(5)).
import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

export type ProcessInfo = {
  readonly pid: number;
  readonly parentPid: number;
  readonly command: string;
};

/** Every process below `rootPid`, the root included. */
export function descendants(rootPid: number): ProcessInfo[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)));
  const found = new Set([rootPid]);
  for (let size = 0; size !== found.size;) {
    size = found.size;
    for (const info of all) if (found.has(info.parentPid)) found.add(info.pid);
  }
  return all.filter((info) => found.has(info.pid));
}

function readProcess(pid: number): ProcessInfo[] {
  try {
    const command = readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8')
      .replaceAll('\0', ' ')
      .trim();
    const parentPid = Number(statFields(pid)[1]);
    return [{ pid, parentPid, command }];
  } catch {
    return []; // it ended while we looked
  }
}

/** Fields of /proc/PID/stat from `state` (index 0) on: the name before them may hold spaces. */
function statFields(pid: number): string[] {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Whether a process still runs; one that ended and waits for its parent (a zombie) does not. */
export function isRunning(pid: number): boolean {
  try {
    return !['Z', 'X'].includes(statFields(pid)[0] ?? 'X');
  } catch {
    return false;
  }
}

/** User and system time of all threads of a process, s. */
export function cpuSeconds(pid: number): number {
  const fields = statFields(pid);
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Proportional set size, MB (10^6 bytes). */
export function pssMegabytes(pid: number): number {
  const rollup = readFileSync(`/proc/${String(pid)}/smaps_rollup`, 'utf8');
  return (Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024) / 1e6;
}
