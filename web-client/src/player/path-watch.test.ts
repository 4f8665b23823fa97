import { describe, expect, test } from 'vitest';
import { createPathWatch } from './path-watch.ts';

function setUp() {
  let nowMs = 5_000;
  const watch = createPathWatch(() => nowMs);
  return {
    watch,
    /** Sends every 250 ms for a while. */
    ask: (times: number): void => {
      for (let i = 0; i < times; i++) {
        nowMs += 250;
        watch.sent();
      }
    },
    sleep: (ms: number): void => {
      nowMs += ms;
    },
  };
}

describe('the watch over the path', () => {
  test('calls it silent when nothing answers for 3 s', () => {
    const { watch, ask } = setUp();
    watch.heard();
    ask(11);
    expect(watch.isSilent()).toBe(false);
    ask(1);
    expect(watch.isSilent()).toBe(true);
  });

  test('is content with a still picture whose pings are answered', () => {
    const { watch, ask } = setUp();
    watch.heard();
    for (let i = 0; i < 20; i++) {
      ask(5);
      expect(watch.isWaiting()).toBe(true);
      watch.heard();
      expect(watch.isWaiting()).toBe(false);
      expect(watch.isSilent()).toBe(false);
    }
  });

  test('does not blame the path for the time that the page was asleep', () => {
    const { watch, ask, sleep } = setUp();
    watch.heard();
    sleep(60_000);
    ask(5);
    expect(watch.isSilent()).toBe(false);
    ask(1);
    expect(watch.isSilent()).toBe(true);
  });

  test('a burst of input alone proves nothing', () => {
    const { watch } = setUp();
    watch.heard();
    for (let i = 0; i < 100; i++) watch.sent();
    expect(watch.isSilent()).toBe(false);
  });

  test('expects nothing of a peer that has not been heard yet', () => {
    const { watch, ask } = setUp();
    watch.heard();
    watch.reset();
    ask(100);
    expect(watch.isWaiting()).toBe(false);
    expect(watch.isSilent()).toBe(false);
  });
});
