import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { detectCgroups } from './cgroup.ts';
import { buildLaunch } from './launch.ts';
import { isAlive, ownProcessKey } from './proc.ts';

const runDir = `/tmp/pg-cgroup-test-${String(process.pid)}`;
const driver = detectCgroups(runDir);

afterEach(() => {
  driver.close();
});

test('without cgroups a driver says so and makes sessions that need nothing', async () => {
  const none = detectCgroups(runDir, { mountInfo: '', ownCgroups: '' });
  expect(none.kind).toBe('none');
  expect(none.controllers).toEqual([]);
  const session = none.createSession('x');
  expect(session.procsFiles('title')).toEqual([]);
  expect(session.pids()).toEqual([]);
  expect(await session.remove()).toBe(true);
  expect(await none.removeOrphans()).toBe(0);
});

// Needs the right to make groups (root, or a delegated group).
describe.runIf(driver.kind !== 'none')('cgroups', () => {
  test('kills whatever runs in a session, forks included, and removes the groups', async () => {
    const session = driver.createSession('kill');
    const files = session.procsFiles('title');
    expect(files.length).toBeGreaterThan(0);
    const { file, args } = buildLaunch({
      command: ['sh', '-c', 'trap "" TERM; while :; do sleep 60 & echo up; wait; done'],
      credentials: null,
      cgroupProcsFiles: files,
    });
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(child.stdout, 'data');
    expect(session.pids()).toContain(child.pid);
    expect(session.pids().length).toBeGreaterThanOrEqual(2);
    const exited = once(child, 'exit');
    expect(await session.remove()).toBe(true);
    expect(await exited).toEqual([null, 'SIGKILL']);
    for (const procs of files) expect(existsSync(dirname(procs))).toBe(false);
  });

  test('removing twice is one removal', async () => {
    const session = driver.createSession('twice');
    expect(session.remove()).toBe(session.remove());
    expect(await session.remove()).toBe(true);
  });

  test.runIf(driver.controllers.includes('memory'))("limits the title's memory", async () => {
    const session = driver.createSession('memory');
    session.limitTitleMemory(64 * 1024 * 1024);
    const values = session
      .procsFiles('title')
      .flatMap((file) =>
        ['memory.max', 'memory.limit_in_bytes'].map((name) => `${dirname(file)}/${name}`),
      )
      .filter((file) => existsSync(file))
      .map((file) => readFileSync(file, 'utf8').trim());
    expect(values).toEqual([String(64 * 1024 * 1024)]);
    await session.remove();
  });

  test('groups of an agent that is alive are not orphans', async () => {
    const session = driver.createSession('alive');
    expect(await detectCgroups(runDir).removeOrphans()).toBe(0);
    expect(existsSync(session.procsFiles('title')[0] ?? '')).toBe(true);
    await session.remove();
  });
});

test('a process is known by pid, start time and boot', () => {
  const own = ownProcessKey();
  expect(isAlive(own)).toBe(true);
  expect(isAlive({ ...own, startTicks: '1' })).toBe(false);
  expect(isAlive({ ...own, bootId: 'another' })).toBe(false);
  expect(isAlive({ ...own, pid: 2 ** 22 + 1 })).toBe(false);
});
