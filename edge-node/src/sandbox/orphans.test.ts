import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { detectCgroups } from './cgroup.ts';
import { cleanOrphans } from './orphans.ts';
import { isAlive, listProcesses, ownProcessKey, readProcess } from './proc.ts';
import { createFixture, silentLog, type SessionFixture } from './session-fixture.ts';

let fixture: SessionFixture;
beforeEach(() => {
  fixture = createFixture();
});
afterEach(async () => {
  await fixture.close();
});

/** An agent in miniature: one session with display, sound and a process that ignores its parent's death. Prints its pids. */
const AGENT = `
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { detectCgroups } from '${new URL('cgroup.ts', import.meta.url).href}';
import { createSessionFolders, journalPath } from '${new URL('folders.ts', import.meta.url).href}';
import { slotIdentity } from '${new URL('identity.ts', import.meta.url).href}';
import { readProcess } from '${new URL('proc.ts', import.meta.url).href}';
import { startDisplay } from '${new URL('../display/start-display.ts', import.meta.url).href}';
const runDir = process.argv[2];
const identity = slotIdentity(3, 94000);
const folders = createSessionFolders(runDir, 3, identity, Math.random);
const cgroups = detectCgroups(runDir);
const cgroup = cgroups.kind === 'none' ? null : cgroups.createSession('orphan');
const log = { debug() {}, info() {}, warn() {} };
const display = await startDisplay({ identity, folders, cgroup, resolution: { width: 640, height: 480 }, log });
const joins = (cgroup?.procsFiles('host') ?? []).map((file) => 'echo $$ > ' + file + ';').join(' ');
const survivor = spawn('sh', ['-c', joins + ' exec sleep 1000'], { detached: true, stdio: 'ignore' });
appendFileSync(journalPath(folders), survivor.pid + ' ' + readProcess(survivor.pid).startTicks + '\\n');
console.log(JSON.stringify([display.pid, survivor.pid]));
setInterval(() => {}, 1000);
`;

const isRunning = (pid: number): boolean => {
  const facts = readProcess(pid);
  return facts !== undefined && facts.state !== 'Z' && facts.state !== 'X';
};

test('kill -9 of an agent, then the next start: no process, cgroup or folder is left', async () => {
  const script = join(fixture.runDir, 'agent.mjs');
  writeFileSync(script, AGENT);
  const agent = spawn(process.execPath, [script, fixture.runDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(agent.stdout), 'line')) as [string];
  const [displayPid, survivorPid] = JSON.parse(line) as [number, number];
  expect([displayPid, survivorPid].map(isRunning)).toEqual([true, true]);

  agent.kill('SIGKILL');
  await once(agent, 'exit');
  // The kernel takes the direct children along.
  await expect.poll(() => isRunning(displayPid), { timeout: 5000, interval: 10 }).toBe(false);

  const cgroups = detectCgroups(fixture.runDir);
  const report = await cleanOrphans(fixture.runDir, cgroups, silentLog);
  expect(report.folders).toBe(1);
  expect(report.cgroups).toBe(cgroups.kind === 'none' ? 0 : 1);
  await expect.poll(() => isRunning(survivorPid), { timeout: 5000, interval: 10 }).toBe(false);
  expect(readdirSync(join(fixture.runDir, 'sessions'))).toEqual([]);
  const left = listProcesses().filter(({ pid }) => pid === displayPid || pid === survivorPid);
  expect(left.filter(({ pid }) => isRunning(pid))).toEqual([]);
  expect(await cleanOrphans(fixture.runDir, cgroups, silentLog)).toEqual({
    cgroups: 0,
    processes: 0,
    folders: 0,
  });
});

test('the sessions of an agent that lives are left alone', async () => {
  const session = fixture.createSession(4);
  const report = await cleanOrphans(fixture.runDir, fixture.cgroups, silentLog);
  expect(report).toEqual({ cgroups: 0, processes: 0, folders: 0 });
  expect(existsSync(session.folders.home)).toBe(true);
});

test('a journal that names a pid which is somebody else by now kills nobody', async () => {
  const { folders } = fixture.createSession(5);
  const own = ownProcessKey();
  writeFileSync(join(folders.root, 'owner.json'), JSON.stringify({ ...own, startTicks: '1' }));
  writeFileSync(join(folders.root, 'pids'), `${String(own.pid)} 1\n-1 1\ngarbage\n`);
  const report = await cleanOrphans(fixture.runDir, fixture.cgroups, silentLog);
  expect(report).toMatchObject({ processes: 0, folders: 1 });
  expect(isAlive(own)).toBe(true);
});
