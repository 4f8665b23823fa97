import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { createFakeClock } from '@perigee/kit/testing';
import { PulseRecorder } from './pulse-recorder.ts';

const folder = mkdtempSync(join(tmpdir(), 'recorder-'));
const running: PulseRecorder[] = [];
afterEach(() => {
  for (const recorder of running.splice(0)) recorder.stop();
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

let programs = 0;

/** A program that acts in parec's place. */
function program(script: string): string {
  const path = join(folder, `program-${String(programs++)}`);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

function start(script: string) {
  const time = createFakeClock();
  const samples: string[] = [];
  const gaps: { detail: string; retryMs: number | undefined }[] = [];
  let wake = (): void => undefined;
  const recorder = new PulseRecorder({
    program: program(script),
    socketPath: '/run/pulse',
    timers: time,
    onSamples: (bytes) => {
      samples.push(bytes.toString());
      wake();
    },
    onGap: (gap) => {
      gaps.push(gap);
      wake();
    },
  });
  running.push(recorder);
  recorder.start();
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition())
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  };
  return { recorder, time, samples, gaps, until };
}

it('passes on what the program writes, and tells it the server', async () => {
  const { samples, until } = start('printf "%s" "$PULSE_SERVER"; exec sleep 60');
  await until(() => samples.join('') === 'unix:/run/pulse');
});

it('tries again with growing waits and then gives up', async () => {
  const { time, gaps, until } = start('echo broken >&2; exit 3');
  for (let n = 1; n <= 6; n++) {
    await until(() => gaps.length === n);
    time.advance(gaps[n - 1]?.retryMs ?? 0);
  }
  expect(gaps.map((g) => g.retryMs)).toEqual([100, 500, 2000, 5000, 10_000, undefined]);
  expect(gaps[0]?.detail).toContain('3');
});

it('does not try again once it was stopped', async () => {
  const { recorder, time, gaps, until } = start('exit 1');
  await until(() => gaps.length === 1);
  recorder.stop();
  time.advance(60_000);
  expect(time.pendingTimers()).toBe(0);
  expect(gaps).toHaveLength(1);
});

it('says that a program that is not there cannot be started', async () => {
  const time = createFakeClock();
  const detail = await new Promise<string>((resolve) => {
    const recorder = new PulseRecorder({
      program: '/nonexistent/parec',
      socketPath: '/run/pulse',
      timers: time,
      onSamples: () => undefined,
      onGap: (gap) => {
        resolve(gap.detail);
      },
    });
    running.push(recorder);
    recorder.start();
  });
  expect(detail).toContain('ENOENT');
});
