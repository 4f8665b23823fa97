import { describe, expect, it } from 'vitest';
import {
  CaptureSchedule,
  SETTLE_LIMIT_MS,
  SETTLE_LONG_MS,
  SETTLE_SHORT_MS,
} from './capture-schedule.ts';

const FRAME_MS = 1000 / 60;
/** The server's clock is another one, and it wraps during these tests. */
const SERVER_AHEAD_MS = 2 ** 32 - 105;

function draw(schedule: CaptureSchedule, nowMs: number, answersInput = false): void {
  schedule.noteDamage(nowMs, { serverMs: (nowMs + SERVER_AHEAD_MS) >>> 0, answersInput });
}

/** Frames in one piece until the schedule trusts the title. */
function trusted(): { schedule: CaptureSchedule; nowMs: number } {
  const schedule = new CaptureSchedule(60, 0);
  let nowMs = 0;
  for (let frame = 0; frame < 40; frame++) {
    nowMs += FRAME_MS;
    draw(schedule, nowMs);
    schedule.take(schedule.dueAtMs() ?? 0);
  }
  return { schedule, nowMs: nowMs + FRAME_MS };
}

describe('the capture schedule', () => {
  it('is idle without damage', () => {
    const schedule = new CaptureSchedule(60, 0);
    expect(schedule.dueAtMs()).toBeUndefined();
    expect(schedule.take(1000)).toBeUndefined();
  });

  it('waits for a title it does not know to stop drawing', () => {
    const schedule = new CaptureSchedule(60, 0);
    draw(schedule, 100);
    expect(schedule.take(100.5)).toBeUndefined();
    expect(schedule.dueAtMs()).toBeCloseTo(100 + SETTLE_LONG_MS);
    expect(schedule.take(102)).toEqual({ firstDamageMs: 100 });
    expect(schedule.take(110)).toBeUndefined();
  });

  it('joins the pieces of one frame into one grab', () => {
    const schedule = new CaptureSchedule(60, 0);
    for (const at of [100, 101, 102]) {
      expect(schedule.take(at)).toBeUndefined();
      draw(schedule, at);
    }
    expect(schedule.dueAtMs()).toBeCloseTo(102 + SETTLE_LONG_MS);
    expect(schedule.take(104)).toEqual({ firstDamageMs: 100 });
  });

  it('reads a title that never stops drawing after the limit', () => {
    const schedule = new CaptureSchedule(60, 0);
    for (let at = 100; at < 110; at += 0.5) draw(schedule, at);
    expect(schedule.dueAtMs()).toBeCloseTo(100 + SETTLE_LIMIT_MS);
  });

  it('waits only shortly once frames came in one piece', () => {
    const { schedule, nowMs } = trusted();
    draw(schedule, nowMs);
    expect(schedule.dueAtMs()).toBeCloseTo(nowMs + SETTLE_SHORT_MS);
  });

  it('waits long again after a frame that was torn', () => {
    const { schedule, nowMs } = trusted();
    draw(schedule, nowMs);
    schedule.take(nowMs + 0.4);
    draw(schedule, nowMs + 1.4); // the rest of the same frame
    expect(schedule.dueAtMs()).toBeCloseTo(nowMs + 1.4 + SETTLE_LONG_MS);
  });

  it('answers input at once, even for a title it does not know', () => {
    const schedule = new CaptureSchedule(60, 0);
    draw(schedule, 100, true);
    expect(schedule.dueAtMs()).toBeCloseTo(100 + SETTLE_SHORT_MS);
  });

  it('sees a torn frame though it was encoding when the rest was drawn', () => {
    const { schedule, nowMs } = trusted();
    draw(schedule, nowMs);
    schedule.take(nowMs + 0.4);
    const serverMs = (nowMs + 1 + SERVER_AHEAD_MS) >>> 0;
    schedule.noteDamage(nowMs + 8, { serverMs, answersInput: false });
    expect(schedule.dueAtMs()).toBeCloseTo(nowMs + 8 + SETTLE_LONG_MS);
  });

  it('does not take an answer to input beside the rhythm of the title for a piece', () => {
    const { schedule, nowMs } = trusted();
    draw(schedule, nowMs, true);
    schedule.take(nowMs + 0.4);
    draw(schedule, nowMs + 2);
    expect(schedule.dueAtMs()).toBeCloseTo(nowMs + 2 + SETTLE_SHORT_MS);
  });

  it('does not tear the answer to input for a title that draws in pieces', () => {
    const schedule = new CaptureSchedule(60, 0);
    draw(schedule, 100);
    draw(schedule, 101);
    schedule.take(103);
    draw(schedule, 120, true);
    expect(schedule.dueAtMs()).toBeCloseTo(120 + SETTLE_LONG_MS);
  });

  it.each([30, 60, 120])('never exceeds %i frames/s by more than a tenth', (fps) => {
    const schedule = new CaptureSchedule(fps, 0);
    let grabs = 0;
    for (let nowMs = 0; nowMs < 10_000; nowMs += 1) {
      draw(schedule, nowMs, nowMs % 7 === 0);
      if (schedule.take(nowMs) !== undefined) grabs += 1;
    }
    expect(grabs).toBeLessThanOrEqual(10 * fps * 1.1 + 2);
    expect(grabs).toBeGreaterThan(10 * fps * 0.9);
    expect(schedule.coalescedDamage).toBeGreaterThan(0);
  });

  it('lets two frames pass at once after a pause, then waits for the rate', () => {
    const schedule = new CaptureSchedule(60, 0);
    const grabbed: number[] = [];
    for (const at of [1000, 1004, 1008]) {
      draw(schedule, at, true);
      const dueAtMs = schedule.dueAtMs() ?? 0;
      grabbed.push(dueAtMs - at);
      schedule.take(dueAtMs);
    }
    expect(grabbed[0]).toBeLessThan(2);
    expect(grabbed[1]).toBeLessThan(2);
    expect(grabbed[2]).toBeGreaterThan(4);
  });

  it('does not hold back a title whose 60 Hz is a little fast', () => {
    const schedule = new CaptureSchedule(60, 0);
    let worstMs = 0;
    for (let at = 100; at < 20_000; at += 16) {
      draw(schedule, at);
      const dueAtMs = schedule.dueAtMs() ?? 0;
      worstMs = Math.max(worstMs, dueAtMs - at);
      schedule.take(dueAtMs);
    }
    expect(worstMs).toBeLessThanOrEqual(SETTLE_LONG_MS + 1e-6);
  });

  it('forgets damage that a full grab has shown', () => {
    const schedule = new CaptureSchedule(60, 0);
    draw(schedule, 100);
    schedule.clear();
    expect(schedule.hasDamage).toBe(false);
    expect(schedule.dueAtMs()).toBeUndefined();
  });

  it('follows a new frame rate', () => {
    const schedule = new CaptureSchedule(60, 0);
    schedule.setFps(30, 0);
    let grabs = 0;
    for (let nowMs = 0; nowMs < 10_000; nowMs += 1) {
      draw(schedule, nowMs);
      if (schedule.take(nowMs) !== undefined) grabs += 1;
    }
    expect(grabs).toBeLessThanOrEqual(332);
  });
});
