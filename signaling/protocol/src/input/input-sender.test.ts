import { describe, expect, test } from 'vitest';
import { encodeInputPacket } from './packet-codec.ts';
import { InputReceiver } from './input-receiver.ts';
import { inputRttMs, InputSender } from './input-sender.ts';
import { encodeUtf8 } from '../wire/text-codec.ts';
import { MAX_PENDING_EVENTS } from './packet.ts';

const REFRESH_MS = 16;

function newSender() {
  return new InputSender({ refreshIntervalMs: REFRESH_MS });
}

/** Sends whenever a packet is due in [fromMs, untilMs), without an ack; gives the times. */
function sendTimes(sender: InputSender, fromMs: number, untilMs: number): number[] {
  const times: number[] = [];
  for (let at = sender.nextSendAtMs(fromMs); at !== undefined && at < untilMs;) {
    times.push(at);
    sender.packet(at * 1000);
    at = sender.nextSendAtMs(at);
  }
  return times;
}

function ackOf(packetSequence: number, eventSequence: number) {
  return { packetSequence, eventSequence, clientTimeUs: 0, edgeHoldUs: 0 };
}

describe('the schedule', () => {
  test('is silent when nothing happens', () => {
    expect(newSender().nextSendAtMs(0)).toBeUndefined();
  });

  test('sends an event at once, after 4 and 8 ms, then once per refresh', () => {
    const sender = newSender();
    sender.key(30, true);
    expect(sendTimes(sender, 100, 160)).toEqual([100, 104, 108, 124, 140, 156]);
  });

  test('gives each event its own early copies, and all events ride in every packet', () => {
    const sender = newSender();
    sender.key(30, true);
    expect(sender.packet(100_000).events).toHaveLength(1);
    sender.key(30, false);
    expect(sender.nextSendAtMs(102)).toBe(102);
    expect(sender.packet(102_000)).toMatchObject({ firstEventSequence: 1, events: [{}, {}] });
    expect(sendTimes(sender, 102, 126)).toEqual([104, 106, 108, 110]);
  });

  test('takes a packet just ahead of time for the copy that was due', () => {
    const sender = newSender();
    sender.key(30, true);
    sender.packet(100_000);
    sender.packet(103_200);
    expect(sender.nextSendAtMs(103.2)).toBe(108);
  });

  test('keeps the copies apart when the timer is late', () => {
    const sender = newSender();
    sender.key(30, true);
    sender.packet(100_000);
    sender.packet(111_000);
    expect(sender.nextSendAtMs(111)).toBe(114);
  });

  test('ends with the ack', () => {
    const sender = newSender();
    sender.key(30, true);
    sender.packet(100_000);
    sender.onAck(ackOf(1, 1));
    expect(sender.pendingEvents).toBe(0);
    expect(sender.nextSendAtMs(101)).toBeUndefined();
  });

  test('sends motion at once but no faster than every 2 ms, and repeats the last until it is acknowledged', () => {
    const sender = newSender();
    sender.movePointer(10, 10);
    expect(sender.nextSendAtMs(100)).toBe(100);
    sender.packet(100_000);
    sender.movePointer(11, 11);
    expect(sender.nextSendAtMs(100.5)).toBe(102);
    sender.packet(102_000);
    expect(sender.nextSendAtMs(103)).toBe(118);
    sender.onAck(ackOf(1, 0));
    expect(sender.nextSendAtMs(104)).toBe(118);
    sender.onAck(ackOf(2, 0));
    expect(sender.nextSendAtMs(105)).toBeUndefined();
  });
});

describe('the state', () => {
  test('rounds, bounds and refuses nonsense', () => {
    const sender = newSender();
    sender.movePointer(-5, 70_000);
    expect(sender.packet(0).pointer).toMatchObject({ x: 0, y: 65_535 });
    sender.movePointer(Number.NaN, 1.6);
    expect(sender.packet(0).pointer).toMatchObject({ x: 0, y: 2 });
    sender.moveRelative(Number.NaN, Number.POSITIVE_INFINITY);
    expect(sender.packet(0).pointer).toMatchObject({ relativeX: 0, relativeY: 0 });
  });

  test('adds fractions of motion up and wraps', () => {
    const sender = newSender();
    for (let k = 0; k < 4; k += 1) sender.moveRelative(0.25, -0.5);
    sender.wheel(-120, 60_000);
    sender.wheel(0, 60_000);
    expect(sender.packet(0).pointer).toMatchObject({
      relativeX: 1,
      relativeY: 65_534,
      wheelX: 65_416,
      wheelY: (2 * 32_767) % 65_536,
    });
  });

  test('shows the buttons that are held', () => {
    const sender = newSender();
    const press = { isDown: true, x: 1, y: 2, isRelative: false };
    sender.button({ ...press, button: 0 });
    sender.button({ ...press, button: 4 });
    expect(sender.packet(0).pointer).toMatchObject({ x: 1, y: 2, buttons: 17 });
    sender.button({ ...press, button: 0, isDown: false });
    expect(sender.packet(0).pointer.buttons).toBe(16);
  });

  test('has the fingers in the order of their ids', () => {
    const sender = newSender();
    sender.touchDown({ id: 7, x: 1, y: 1 });
    sender.touchDown({ id: 2, x: 2, y: 2 });
    sender.touchMove({ id: 7, x: 9, y: 9 });
    expect(sender.packet(0).touches).toEqual([
      { id: 2, x: 2, y: 2 },
      { id: 7, x: 9, y: 9 },
    ]);
  });
});

describe('events', () => {
  test('that make no sense are refused', () => {
    const sender = newSender();
    const answers = [
      sender.key(30, false),
      sender.key(0, true),
      sender.key(768, true),
      sender.key(1.5, true),
      sender.key(30, true),
      sender.key(30, true),
      sender.button({ button: 5, isDown: true, x: 0, y: 0, isRelative: false }),
      sender.touchDown({ id: 32, x: 0, y: 0 }),
      sender.touchMove({ id: 1, x: 0, y: 0 }),
      sender.touchUp({ id: 1, x: 0, y: 0 }),
    ];
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(sender.pendingEvents).toBe(1);
  });

  test('of a long text are cut between characters, at most 64 bytes each', () => {
    const sender = newSender();
    const text = '世界👋é'.repeat(30);
    expect(sender.text(text)).toBe(true);
    const events = sender.packet(0).events;
    const pieces = events.map((event) => (event.kind === 'text' ? event.text : ''));
    expect(pieces.join('')).toBe(text);
    const sizes = pieces.map((piece) => encodeUtf8(piece).byteLength);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(64);
  });

  test('of a text that does not fit are not queued at all', () => {
    const sender = newSender();
    expect(sender.text('x'.repeat(64 * 256))).toBe(false);
    expect(sender.text('')).toBe(true);
    expect(sender.pendingEvents).toBe(0);
    expect(sender.counts).toMatchObject({ droppedTexts: 1, overflows: 0 });
  });

  test('beyond a packet wait for room, and every packet fits its limit', () => {
    const sender = newSender();
    sender.text('x'.repeat(64 * 40));
    sender.touchDown({ id: 1, x: 0, y: 0 });
    const packet = sender.packet(0);
    expect(packet.events).toHaveLength(15);
    // The finger has not come down at the edge yet, so it cannot move there.
    expect(packet.touches).toEqual([]);
    expect(() => encodeInputPacket(packet)).not.toThrow();
    sender.onAck(ackOf(1, 15));
    expect(sender.nextSendAtMs(1)).toBe(1);
    expect(sender.packet(1000).firstEventSequence).toBe(16);
  });

  test('beyond the bound are dropped and everything is released, once', () => {
    const sender = newSender();
    for (let k = 0; k < 300; k += 1) {
      sender.key(30, true);
      sender.key(30, false);
    }
    expect(sender.pendingEvents).toBe(MAX_PENDING_EVENTS);
    expect(sender.counts.overflows).toBe(1);
    expect(sender.counts.droppedEvents).toBeGreaterThan(0);
    const receiver = new InputReceiver();
    for (let k = 0; k < 20; k += 1) {
      receiver.receive(sender.packet(k), 0);
      const ack = receiver.takeAck(0);
      if (ack !== undefined) sender.onAck(ack);
    }
    expect(sender.pendingEvents).toBe(0);
    expect(receiver.heldCount).toBe(0);
    expect(sender.key(30, true)).toBe(true);
  });

  test('of everything released leave nothing held', () => {
    const sender = newSender();
    sender.key(30, true);
    sender.touchDown({ id: 0, x: 0, y: 0 });
    sender.releaseAll();
    const packet = sender.packet(0);
    expect(packet.events.at(-1)).toEqual({ kind: 'releaseAll' });
    expect(packet.touches).toEqual([]);
    expect(sender.key(30, false)).toBe(false);
  });
});

describe('an ack', () => {
  test('of what was never sent is counted and ignored', () => {
    const sender = newSender();
    sender.key(30, true);
    sender.onAck(ackOf(0, 1));
    sender.packet(0);
    sender.onAck(ackOf(1, 2));
    sender.onAck(ackOf(2, 1));
    expect(sender.counts.invalidAcks).toBe(3);
    expect(sender.pendingEvents).toBe(1);
  });

  test('that is old changes nothing', () => {
    const sender = newSender();
    sender.key(30, true);
    sender.packet(0);
    sender.onAck(ackOf(1, 1));
    sender.key(30, false);
    sender.packet(1000);
    sender.onAck(ackOf(1, 1));
    sender.onAck(ackOf(1, 0));
    expect(sender.pendingEvents).toBe(1);
    expect(sender.counts.invalidAcks).toBe(0);
  });

  test('crosses the wrap of both numbers', () => {
    const sender = new InputSender({
      firstPacketSequence: 0xffff_ffff,
      firstEventSequence: 0xffff_ffff,
    });
    sender.key(30, true);
    sender.key(30, false);
    expect(sender.packet(0)).toMatchObject({
      sequence: 0xffff_ffff,
      firstEventSequence: 0xffff_ffff,
    });
    expect(sender.packet(0).sequence).toBe(0);
    sender.onAck(ackOf(0, 0));
    expect(sender.pendingEvents).toBe(0);
    sender.key(31, true);
    expect(sender.packet(0).firstEventSequence).toBe(1);
  });

  test.each([
    { name: 'a plain one', nowUs: 30_000, clientTimeUs: 10_000, holdUs: 500, rttMs: 19.5 },
    {
      name: 'across the wrap',
      nowUs: 2 ** 32 + 9000,
      clientTimeUs: 2 ** 32 - 1000,
      holdUs: 0,
      rttMs: 10,
    },
    { name: 'of the future', nowUs: 1000, clientTimeUs: 5000, holdUs: 0, rttMs: undefined },
    {
      name: 'held longer than it took',
      nowUs: 1000,
      clientTimeUs: 500,
      holdUs: 900,
      rttMs: undefined,
    },
  ])('tells the round trip: $name', ({ nowUs, clientTimeUs, holdUs, rttMs }) => {
    const ack = { packetSequence: 1, eventSequence: 0, clientTimeUs, edgeHoldUs: holdUs };
    expect(inputRttMs(ack, nowUs)).toBe(rttMs);
  });
});
