import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findFfmpeg } from './find-ffmpeg.ts';

let folder = '';
const program = (name: string): string => {
  const path = join(folder, name);
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, 0o755);
  return path;
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'perigee-ffmpeg-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

it('prefers the static binary, then FFMPEG_PATH, then the PATH', async () => {
  const own = program('static-ffmpeg');
  const named = program('named-ffmpeg');
  const system = program('ffmpeg');
  const environment = { FFMPEG_PATH: named, PATH: `/nowhere:${folder}` };
  expect(await findFfmpeg(environment, () => Promise.resolve(own))).toBe(own);
  expect(await findFfmpeg(environment, () => Promise.resolve(null))).toBe(named);
  expect(await findFfmpeg({ PATH: `/nowhere:${folder}` }, () => Promise.resolve(null))).toBe(
    system,
  );
});

it('passes over a static binary that was never downloaded', async () => {
  const system = program('ffmpeg');
  const gone = join(folder, 'not-downloaded');
  expect(await findFfmpeg({ PATH: folder }, () => Promise.resolve(gone))).toBe(system);
});

it('says what it looked for when there is none', async () => {
  expect(await findFfmpeg({}, () => Promise.resolve(null))).toMatch(/^missing: .*FFMPEG_PATH/);
});
