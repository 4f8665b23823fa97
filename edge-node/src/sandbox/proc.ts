// What /proc tells about processes. A pid alone may be reused; pid + start time + boot id names one process for ever.
import { readdirSync, readFileSync } from 'node:fs';

export type ProcessFacts = {
  readonly pid: number;
  readonly parentPid: number;
  /** Clock ticks after boot, field 22 of proc(5) stat. */
  readonly startTicks: string;
  /** At most 15 characters. */
  readonly name: string;
  /** 'Z' and 'X' are dead. */
  readonly state: string;
};

/** @returns the facts of a process, or undefined when it is gone. */
export function readProcess(pid: number): ProcessFacts | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The name may hold spaces and parentheses; the last ')' ends it.
  const open = stat.indexOf('(');
  const close = stat.lastIndexOf(')');
  const fields = stat.slice(close + 2).split(' ');
  return {
    pid,
    name: stat.slice(open + 1, close),
    state: fields[0] ?? 'X',
    parentPid: Number(fields[1]),
    startTicks: fields[19] ?? '',
  };
}

/** Every process that is visible now. */
export function listProcesses(): ProcessFacts[] {
  const found: ProcessFacts[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const facts = readProcess(Number(name));
    if (facts !== undefined) found.push(facts);
  }
  return found;
}

/** Children, grandchildren and so on of `rootPid`, without itself; parents come before their children. */
export function descendants(rootPid: number, processes = listProcesses()): ProcessFacts[] {
  const children = new Map<number, ProcessFacts[]>();
  for (const facts of processes) {
    const siblings = children.get(facts.parentPid);
    if (siblings === undefined) children.set(facts.parentPid, [facts]);
    else siblings.push(facts);
  }
  const found: ProcessFacts[] = [];
  const queue = [rootPid];
  for (let pid = queue.shift(); pid !== undefined; pid = queue.shift()) {
    for (const child of children.get(pid) ?? []) {
      found.push(child);
      queue.push(child.pid);
    }
  }
  return found;
}

/** Names one process for ever, on this machine. */
export type ProcessKey = {
  readonly pid: number;
  readonly startTicks: string;
  readonly bootId: string;
};

/** Changes at each boot of the kernel. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
}

/** The key of this process. */
export function ownProcessKey(): ProcessKey {
  return {
    pid: process.pid,
    startTicks: readProcess(process.pid)?.startTicks ?? '',
    bootId: bootId(),
  };
}

/** Whether exactly this process still runs (a zombie does not). */
export function isAlive(key: ProcessKey): boolean {
  if (key.bootId !== bootId()) return false;
  const facts = readProcess(key.pid);
  return facts?.startTicks === key.startTicks && facts.state !== 'Z' && facts.state !== 'X';
}

/** Sends a signal; a process that is already gone is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone, or not ours any more.
  }
}
