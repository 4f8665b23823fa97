import { decodeInputPacket, type InputPacket } from '@perigee/protocol';
import { expect, test } from 'vitest';
import { createInputLoop } from './input-loop.ts';

/** A clock that runs timers when it is moved. */
function setUp() {
  let nowMs = 1_000;
  let timers: { atMs: number; run: () => void }[] = [];
  const sent: { atMs: number; packet: InputPacket }[] = [];
  let isOpen = true;
  let isOverdue = false;
  const loop = createInputLoop({
    nowMs: () => nowMs,
    refreshIntervalMs: 16,
    isAnswerOverdue: () => isOverdue,
    setTimer: (delayMs, run) => {
      const timer = { atMs: nowMs + delayMs, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
  });
  const send = (bytes: Uint8Array): boolean => {
    const packet = decodeInputPacket(bytes);
    if (!isOpen || packet === undefined) return false;
    sent.push({ atMs: nowMs - 1_000, packet });
    return true;
  };
  const advance = (ms: number): void => {
    const endMs = nowMs + ms;
    for (;;) {
      const next = timers.filter((timer) => timer.atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      timers = timers.filter((timer) => timer !== next);
      nowMs = Math.max(nowMs, next.atMs);
      next.run();
    }
    nowMs = endMs;
  };
  return {
    loop,
    sent,
    send,
    advance,
    timerCount: () => timers.length,
    oweAnswer: () => {
      isOverdue = true;
    },
    block: () => {
      isOpen = false;
    },
  };
}

const keyTimes = (sent: { atMs: number; packet: InputPacket }[]): number[] =>
  sent.filter(({ packet }) => packet.events.length > 0).map(({ atMs }) => atMs);

test('an event leaves at once, after 4 and 8 ms, and then once per refresh until it is acknowledged', () => {
  const { loop, sent, send, advance } = setUp();
  loop.connect(send);
  sent.length = 0;
  loop.key(30, true);
  loop.flush();
  expect(keyTimes(sent)).toEqual([0]);
  advance(45);
  expect(keyTimes(sent)).toEqual([0, 4, 8, 24, 40]);
  const newest = sent.at(-1)?.packet;
  loop.sender().onAck({
    packetSequence: newest?.sequence ?? 0,
    clientTimeUs: 0,
    edgeHoldUs: 0,
    eventSequence: 1,
  });
  advance(200);
  expect(keyTimes(sent)).toHaveLength(5);
});

test('a page without news pings once a second', () => {
  const { loop, sent, send, advance } = setUp();
  loop.connect(send);
  const before = sent.length;
  advance(5_000);
  expect(sent.length - before).toBe(5);
});

test('while an answer is owed it asks four times a second', () => {
  const { loop, sent, send, advance, oweAnswer } = setUp();
  loop.connect(send);
  advance(1_000);
  oweAnswer();
  const before = sent.length;
  advance(2_000);
  expect(sent.length - before).toBeGreaterThanOrEqual(5);
  expect(sent.length - before).toBeLessThanOrEqual(8);
});

test('a new peer starts with a sender of its own', () => {
  const { loop, sent, send } = setUp();
  loop.connect(send);
  loop.key(30, true);
  loop.flush();
  loop.connect(send);
  sent.length = 0;
  loop.key(31, true);
  loop.flush();
  expect(sent.at(-1)?.packet).toMatchObject({
    firstEventSequence: 1,
    events: [{ kind: 'key', code: 31 }],
  });
});

test('a channel that takes nothing is tried again without a flood', () => {
  const { loop, send, advance, timerCount, block } = setUp();
  block();
  loop.connect(send);
  loop.key(30, true);
  loop.flush();
  advance(1_000);
  expect(timerCount()).toBe(1);
});

test('nothing is sent after close', () => {
  const { loop, sent, send, advance, timerCount } = setUp();
  loop.connect(send);
  loop.close();
  sent.length = 0;
  loop.key(30, true);
  loop.flush();
  advance(2_000);
  expect(sent).toEqual([]);
  expect(timerCount()).toBe(0);
});
