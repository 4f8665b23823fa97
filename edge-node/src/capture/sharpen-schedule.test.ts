import { expect, it } from 'vitest';
import {
  REPEAT_COUNT,
  REPEAT_EVERY_MS,
  SharpenSchedule,
  STILL_AFTER_MS,
} from './sharpen-schedule.ts';

/** Times at which a loop that looks every millisecond would repeat the picture. */
function repeats(schedule: SharpenSchedule, fromMs: number, toMs: number): number[] {
  const times: number[] = [];
  for (let nowMs = fromMs; nowMs < toMs; nowMs++) if (schedule.take(nowMs)) times.push(nowMs);
  return times;
}

it('repeats the last picture a few times once motion stopped, then nothing', () => {
  const schedule = new SharpenSchedule();
  schedule.noteChange(1000);
  const times = repeats(schedule, 1000, 60_000);
  expect(times).toHaveLength(REPEAT_COUNT);
  expect(times[0]).toBe(1000 + STILL_AFTER_MS);
  expect(times[1]).toBe(1000 + STILL_AFTER_MS + REPEAT_EVERY_MS);
  expect(schedule.dueAtMs()).toBeUndefined();
});

it('never repeats while pictures change', () => {
  const schedule = new SharpenSchedule();
  for (let nowMs = 0; nowMs < 1000; nowMs += 16) {
    schedule.noteChange(nowMs);
    expect(repeats(schedule, nowMs, nowMs + 16)).toEqual([]);
  }
});

it('begins anew when a change interrupts it', () => {
  const schedule = new SharpenSchedule();
  schedule.noteChange(0);
  expect(repeats(schedule, 0, STILL_AFTER_MS + REPEAT_EVERY_MS + 1)).toHaveLength(2);
  schedule.noteChange(200);
  expect(schedule.dueAtMs()).toBe(200 + STILL_AFTER_MS);
  expect(repeats(schedule, 200, 5000)).toHaveLength(REPEAT_COUNT);
});

it('can be stopped', () => {
  const schedule = new SharpenSchedule();
  schedule.noteChange(0);
  schedule.stop();
  expect(repeats(schedule, 0, 1000)).toEqual([]);
});

it('ends with the first repetition that has nothing left to add', () => {
  const schedule = new SharpenSchedule();
  schedule.noteChange(0);
  expect(schedule.take(STILL_AFTER_MS)).toBe(true);
  schedule.noteRepetition({ bytes: 9000, frameBudgetBytes: 12_500 });
  expect(repeats(schedule, STILL_AFTER_MS + 1, STILL_AFTER_MS + REPEAT_EVERY_MS + 1)).toHaveLength(
    1,
  );
  schedule.noteRepetition({ bytes: 400, frameBudgetBytes: 12_500 });
  expect(schedule.dueAtMs()).toBeUndefined();
});
