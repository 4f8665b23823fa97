import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { processIdentity, withLock } from './lock.mjs';

const run = promisify(execFile);

let root = '';
let lockFile = '';
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'perigee-lock-'));
  lockFile = path.join(root, '.perigee', 'bootstrap.lock');
  mkdirSync(path.dirname(lockFile));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

test('the lock names its owner while the work runs and is gone afterwards', async () => {
  let owner = '';
  await withLock(root, () => {
    owner = readFileSync(lockFile, 'utf8');
    return Promise.resolve();
  });
  expect(owner).toBe(processIdentity(process.pid));
  expect(existsSync(lockFile)).toBe(false);
});

test('the lock is given back when the work fails', async () => {
  await expect(withLock(root, () => Promise.reject(new Error('no')))).rejects.toThrow();
  expect(existsSync(lockFile)).toBe(false);
});

test('the lock of a process that is gone is taken over', async () => {
  const { stdout } = await run(process.execPath, ['-p', 'process.pid']);
  writeFileSync(lockFile, `${stdout.trim()} 12345`);
  await expect(withLock(root, () => Promise.resolve())).resolves.toBeUndefined();
});

test('a process number that was given out again is not taken for the owner', async () => {
  writeFileSync(lockFile, `${process.pid.toString()} 1`);
  await expect(withLock(root, () => Promise.resolve())).resolves.toBeUndefined();
});

test('of many processes that meet a stale lock, one works at a time', async () => {
  writeFileSync(lockFile, '4194305 1');
  const script = `
    import { closeSync, openSync, appendFileSync, unlinkSync } from 'node:fs';
    import { withLock } from ${JSON.stringify(new URL('./lock.mjs', import.meta.url).href)};
    await withLock(${JSON.stringify(root)}, async () => {
      const busy = ${JSON.stringify(path.join(root, 'busy'))};
      closeSync(openSync(busy, 'wx'));
      for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate);
      appendFileSync(${JSON.stringify(path.join(root, 'done'))}, 'x');
      unlinkSync(busy);
    });`;
  const workers = Array.from({ length: 6 }, () =>
    run(process.execPath, ['--input-type=module', '--eval', script]),
  );
  await Promise.all(workers);
  expect(readFileSync(path.join(root, 'done'), 'utf8')).toBe('xxxxxx');
}, 30_000);
