import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Credentials } from './identity.ts';
import { buildLaunch, closedAncestor, type LaunchOptions } from './launch.ts';
import { isRoot } from './session-fixture.ts';

const PATH = '/usr/sbin:/usr/bin:/sbin:/bin';
const stranger: Credentials = { uid: 94_500, gid: 94_500, groups: [94_501] };

function run(options: LaunchOptions): string {
  const { file, args } = buildLaunch(options);
  return execFileSync(file, args, {
    env: { PATH },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

describe('the launcher', () => {
  test('passes arguments on as they are: nothing is interpreted by a shell', () => {
    const hostile = ['$(id)', '`id`', '; id', '"', "'", '', 'exec', '--'];
    const output = run({ command: ['printf', '[%s]', ...hostile], credentials: null });
    expect(output).toBe(hostile.map((text) => `[${text}]`).join(''));
  });

  test('sets no_new_privs', () => {
    const status = run({ command: ['cat', '/proc/self/status'], credentials: null });
    expect(status).toMatch(/NoNewPrivs:\s*1/);
  });

  test('sets the resource limits', () => {
    const limits = run({
      command: ['cat', '/proc/self/limits'],
      credentials: null,
      limits: { openFiles: 200, processes: null, fileSizeBytes: 4096 },
    });
    expect(limits).toMatch(/Max open files\s+200\s+200/);
    expect(limits).toMatch(/Max file size\s+4096\s+4096/);
    expect(limits).toMatch(/Max core file size\s+0\s+0/);
  });

  test('refuses an unknown operation', () => {
    const { file, args } = buildLaunch({ command: ['true'], credentials: null });
    const broken = args.map((arg) => (arg === 'exec' ? 'nonsense' : arg));
    expect(() => execFileSync(file, broken, { stdio: 'ignore' })).toThrow();
  });
});

// Changing to another uid needs root.
describe.runIf(isRoot)('the launcher as root', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pg-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test('gives up uid, gid, other groups and every capability', () => {
    const status = run({ command: ['cat', '/proc/self/status'], credentials: stranger });
    expect(status).toMatch(/Uid:\s+94500\s+94500\s+94500\s+94500/);
    expect(status).toMatch(/Gid:\s+94500\s+94500\s+94500\s+94500/);
    expect(status).toMatch(/Groups:\s+94501\s*\n/);
    for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb']) {
      expect(status).toMatch(new RegExp(`Cap${set}:\\s+0{16}`));
    }
  });

  test('makes a folder reachable below a closed one, and hides its neighbours', () => {
    // As when the checkout lies below /root.
    mkdirSync(join(folder, 'closed', 'code'), { recursive: true });
    writeFileSync(join(folder, 'closed', 'code', 'main'), 'program');
    writeFileSync(join(folder, 'closed', 'secret'), 'secret');
    chmodSync(folder, 0o755);
    chmodSync(join(folder, 'closed'), 0o700);
    const code = join(folder, 'closed', 'code');
    expect(closedAncestor(code, stranger)).toBe(join(folder, 'closed'));
    const options = { credentials: stranger, reachable: [code] };
    expect(run({ ...options, command: ['cat', join(code, 'main')] })).toBe('program');
    expect(run({ ...options, command: ['ls', join(folder, 'closed')] })).toBe('code\n');
    // The caller's own view did not change.
    expect(execFileSync('ls', [join(folder, 'closed')], { encoding: 'utf8' })).toBe(
      'code\nsecret\n',
    );
  });

  test('makes the content of a folder reachable that is closed itself', () => {
    const code = join(folder, 'code');
    mkdirSync(join(code, 'sub'), { recursive: true });
    writeFileSync(join(code, 'sub', 'main'), 'program');
    chmodSync(folder, 0o755);
    chmodSync(code, 0o700);
    const main = join(code, 'sub', 'main');
    expect(run({ credentials: stranger, reachable: [code], command: ['cat', main] })).toBe(
      'program',
    );
  });
});
