import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Credentials } from './identity.ts';
import { stageTitle } from './staging.ts';

const reader: Credentials = { uid: 94_500, gid: 94_500, groups: [] };
let base = '';
let folder = '';

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'pg-'));
  chmodSync(base, 0o755);
  folder = join(base, 'game');
  mkdirSync(join(folder, 'data'), { recursive: true });
  writeFileSync(join(folder, 'run'), 'program', { mode: 0o755 });
  writeFileSync(join(folder, 'data', 'level'), 'level', { mode: 0o644 });
  chmodSync(folder, 0o755);
  chmodSync(join(folder, 'data'), 0o755);
  symlinkSync('data/level', join(folder, 'first'));
});
afterEach(() => {
  rmSync(base, { recursive: true, force: true });
});

test('a folder that everybody can read is used where it lies', async () => {
  expect(await stageTitle(folder, base, reader)).toEqual({ folder, isCopy: false });
});

test.each([
  [
    'the folder',
    (): void => {
      chmodSync(folder, 0o700);
    },
  ],
  [
    'one file',
    (): void => {
      chmodSync(join(folder, 'data', 'level'), 0o600);
    },
  ],
  [
    'one folder inside',
    (): void => {
      chmodSync(join(folder, 'data'), 0o700);
    },
  ],
  [
    'a folder above',
    (): void => {
      chmodSync(base, 0o700);
    },
  ],
])('it is copied when %s is closed', async (_what, close) => {
  close();
  const session = mkdtempSync(join(tmpdir(), 'pg-'));
  try {
    const staged = await stageTitle(folder, session, reader);
    expect(staged).toEqual({ folder: join(session, 'title'), isCopy: true });
    expect(statSync(join(staged.folder, 'data')).mode & 0o777).toBe(0o755);
    expect(statSync(join(staged.folder, 'run')).mode & 0o777).toBe(0o755);
    expect(statSync(join(staged.folder, 'first')).mode & 0o777).toBe(0o644);
  } finally {
    rmSync(session, { recursive: true, force: true });
  }
});

test.each(['/etc/passwd', '../other', 'data/../../other'])(
  'a link to %s, which leads out, is refused',
  async (target) => {
    symlinkSync(target, join(folder, 'bad'));
    await expect(stageTitle(folder, base, reader)).rejects.toMatchObject({
      code: 'title-staging-failed',
    });
  },
);
