import { describe, expect, test } from 'vitest';
import { InputReceiver } from './input-receiver.ts';
import type { InputEvent, InputPacket, PointerState, TouchPoint } from './packet.ts';

const STILL = { x: 0, y: 0, buttons: 0, relativeX: 0, relativeY: 0, wheelX: 0, wheelY: 0 };

type Draft = {
  pointer?: Partial<PointerState>;
  touches?: readonly TouchPoint[];
  first?: number;
  events?: readonly InputEvent[];
};

function packet(sequence: number, draft: Draft = {}): InputPacket {
  return {
    sequence,
    clientTimeUs: sequence * 10,
    pointer: { ...STILL, ...draft.pointer },
    touches: draft.touches ?? [],
    firstEventSequence: draft.first ?? 0,
    events: draft.events ?? [],
  };
}

const key = (code: number, isDown = true): InputEvent => ({ kind: 'key', code, isDown });
const text = (value: string): InputEvent => ({ kind: 'text', text: value });

describe('events', () => {
  test('are applied once, however often they come', () => {
    const receiver = new InputReceiver();
    const events = [key(30), key(30, false)];
    expect(receiver.receive(packet(1, { first: 1, events }), 0).events).toEqual(events);
    expect(receiver.receive(packet(2, { first: 1, events }), 0).events).toEqual([]);
    expect(receiver.receive(packet(2, { first: 1, events }), 0).events).toEqual([]);
    expect(receiver.counts).toMatchObject({
      appliedEvents: 2,
      duplicateEvents: 4,
      stalePackets: 1,
    });
  });

  test('that are new in a packet of known ones are applied alone', () => {
    const receiver = new InputReceiver();
    receiver.receive(packet(1, { first: 1, events: [text('a')] }), 0);
    const update = receiver.receive(packet(2, { first: 1, events: [text('a'), text('b')] }), 0);
    expect(update.events).toEqual([text('b')]);
  });

  test('after a gap are ignored and counted, until the missing ones come', () => {
    const receiver = new InputReceiver();
    expect(receiver.receive(packet(2, { first: 3, events: [text('c')] }), 0).events).toEqual([]);
    expect(receiver.counts.outOfOrderPackets).toBe(1);
    const events = [text('a'), text('b'), text('c')];
    expect(receiver.receive(packet(3, { first: 1, events }), 0).events).toEqual(events);
  });

  test('of a packet that was overtaken still count', () => {
    const receiver = new InputReceiver();
    receiver.receive(packet(5), 0);
    expect(receiver.receive(packet(4, { first: 1, events: [key(30)] }), 0).events).toHaveLength(1);
    expect(receiver.counts.stalePackets).toBe(1);
  });

  test('go on across the wrap of their number', () => {
    const receiver = new InputReceiver({ firstEventSequence: 0xffff_ffff });
    const apply = (sequence: number, first: number, names: string[]) =>
      receiver.receive(packet(sequence, { first, events: names.map(text) }), 0).events;
    expect(apply(1, 1, ['too far'])).toEqual([]);
    expect(apply(2, 0xffff_ffff, ['a'])).toEqual([text('a')]);
    expect(apply(3, 0xffff_ffff, ['a', 'b', 'c'])).toEqual([text('b'), text('c')]);
    expect(apply(4, 0xffff_fffe, ['older', 'a', 'b', 'c', 'd'])).toEqual([text('d')]);
    expect(receiver.takeAck(0)?.eventSequence).toBe(2);
  });

  test('from the far future or the far past do nothing', () => {
    const receiver = new InputReceiver();
    receiver.receive(packet(1, { first: 1, events: [text('a')] }), 0);
    for (const first of [0x7fff_ffff, 0x8000_0000, 0x8000_0002, 0xffff_0000, 3]) {
      expect(receiver.receive(packet(2, { first, events: [text('z')] }), 0).events).toEqual([]);
    }
    expect(receiver.receive(packet(3, { first: 2, events: [text('b')] }), 0).events).toHaveLength(
      1,
    );
  });

  test('that make no sense are refused, and the ones behind them are not', () => {
    const receiver = new InputReceiver();
    const events: InputEvent[] = [
      key(30, false),
      key(30),
      key(30),
      { kind: 'touchUp', id: 1, x: 0, y: 0 },
      { kind: 'touchDown', id: 1, x: 5, y: 6 },
      { kind: 'touchDown', id: 1, x: 7, y: 8 },
      { kind: 'button', button: 0, isDown: false, x: 9, y: 9, isRelative: false },
      text('end'),
    ];
    const update = receiver.receive(packet(1, { first: 1, events }), 0);
    expect(update.events).toEqual([key(30), events[4], text('end')]);
    expect(receiver.counts).toMatchObject({ refusedEvents: 5, appliedEvents: 3 });
    expect(receiver.takeAck(0)?.eventSequence).toBe(8);
  });
});

describe('state', () => {
  test('of an older packet is ignored', () => {
    const receiver = new InputReceiver();
    receiver.receive(packet(10, { pointer: { x: 500, relativeX: 7 } }), 0);
    const update = receiver.receive(packet(9, { pointer: { x: 100, relativeX: 3 } }), 0);
    expect(update).toMatchObject({ relativeX: 0, pointer: undefined });
  });

  test('of a packet across the wrap is newer', () => {
    const receiver = new InputReceiver();
    receiver.receive(packet(0xffff_ffff, { pointer: { x: 1 } }), 0);
    expect(receiver.receive(packet(0, { pointer: { x: 2 } }), 0).pointer).toEqual({ x: 2, y: 0 });
    expect(receiver.receive(packet(0xffff_ffff, { pointer: { x: 1 } }), 0).pointer).toBeUndefined();
  });

  test('gives motion since the last packet that came, across the wrap of the counters', () => {
    const receiver = new InputReceiver();
    receiver.receive(packet(1, { pointer: { relativeX: 65_530, wheelY: 3 } }), 0);
    const update = receiver.receive(packet(7, { pointer: { relativeX: 4, wheelY: 65_419 } }), 0);
    expect(update).toMatchObject({ relativeX: 10, relativeY: 0, wheelX: 0, wheelY: -120 });
  });

  test('counts motion from the start, so that the first packets may be lost', () => {
    const update = new InputReceiver().receive(packet(4, { pointer: { relativeY: 65_000 } }), 0);
    expect(update.relativeY).toBe(-536);
  });

  test('does not move a pointer that stays', () => {
    const receiver = new InputReceiver();
    expect(receiver.receive(packet(1), 0).pointer).toBeUndefined();
    expect(receiver.receive(packet(2, { pointer: { x: 3 } }), 0).pointer).toEqual({ x: 3, y: 0 });
    expect(receiver.receive(packet(3, { pointer: { x: 3 } }), 0).pointer).toBeUndefined();
  });

  test('takes the pointer back after a late button event elsewhere', () => {
    const receiver = new InputReceiver();
    receiver.receive(packet(1, { pointer: { x: 900, y: 900 } }), 0);
    const events: InputEvent[] = [
      { kind: 'button', button: 0, isDown: true, x: 100, y: 100, isRelative: false },
    ];
    const update = receiver.receive(
      packet(2, { pointer: { x: 900, y: 900 }, first: 1, events }),
      0,
    );
    expect(update.events).toEqual(events);
    expect(update.pointer).toEqual({ x: 900, y: 900 });
  });

  test('leaves the pointer alone for a button without position', () => {
    const receiver = new InputReceiver();
    const events: InputEvent[] = [
      { kind: 'button', button: 0, isDown: true, x: 7, y: 7, isRelative: true },
    ];
    expect(receiver.receive(packet(1, { first: 1, events }), 0).pointer).toBeUndefined();
  });

  test('moves only fingers that are down', () => {
    const receiver = new InputReceiver();
    const touches = [
      { id: 1, x: 50, y: 60 },
      { id: 2, x: 70, y: 80 },
    ];
    const events: InputEvent[] = [{ kind: 'touchDown', id: 1, x: 10, y: 20 }];
    const update = receiver.receive(packet(1, { first: 1, events, touches }), 0);
    expect(update.touchMoves).toEqual([touches[0]]);
    expect(receiver.receive(packet(2, { touches }), 0).touchMoves).toEqual([]);
  });
});

describe('releasing', () => {
  const events: InputEvent[] = [
    key(30),
    key(42),
    { kind: 'button', button: 2, isDown: true, x: 11, y: 12, isRelative: false },
    { kind: 'touchDown', id: 4, x: 1, y: 2 },
  ];
  const ups = [
    { kind: 'touchUp', id: 4, x: 3, y: 4 },
    { kind: 'button', button: 2, isDown: false, x: 11, y: 12, isRelative: true },
    key(30, false),
    key(42, false),
  ];
  const held = { first: 1, events, touches: [{ id: 4, x: 3, y: 4 }], pointer: { x: 11, y: 12 } };

  test('lets go of everything, where it is, once', () => {
    const receiver = new InputReceiver();
    receiver.receive(packet(1, held), 0);
    expect(receiver.heldCount).toBe(4);
    expect(receiver.releaseAll()).toEqual(ups);
    expect(receiver.heldCount).toBe(0);
    expect(receiver.releaseAll()).toEqual([]);
  });

  test('by an event comes out as the ups of what is held', () => {
    const receiver = new InputReceiver();
    receiver.receive(packet(1, held), 0);
    const release: InputEvent[] = [...events, { kind: 'releaseAll' }];
    expect(receiver.receive(packet(2, { ...held, events: release }), 0).events).toEqual(ups);
  });

  test('has a bound: a hostile page cannot hold more than 64 keys and 16 fingers', () => {
    const receiver = new InputReceiver();
    for (let code = 1; code <= 767; code += 1) {
      receiver.receive(packet(code, { first: code, events: [key(code)] }), 0);
    }
    for (let id = 0; id < 32; id += 1) {
      const down: InputEvent = { kind: 'touchDown', id, x: 0, y: 0 };
      receiver.receive(packet(768 + id, { first: 768 + id, events: [down] }), 0);
    }
    expect(receiver.heldCount).toBe(64 + 16);
    expect(receiver.counts.refusedEvents).toBe(767 - 64 + 16);
  });
});

describe('an ack', () => {
  test('is due once for each newer packet', () => {
    const receiver = new InputReceiver();
    expect(receiver.takeAck(0)).toBeUndefined();
    receiver.receive(packet(3, { first: 1, events: [text('a')] }), 1000);
    const ack = { packetSequence: 3, clientTimeUs: 30, edgeHoldUs: 250, eventSequence: 1 };
    expect(receiver.takeAck(1250)).toEqual(ack);
    expect(receiver.takeAck(1250)).toBeUndefined();
    receiver.receive(packet(3), 1300);
    expect(receiver.takeAck(1300)).toBeUndefined();
    receiver.receive(packet(4), 1400);
    expect(receiver.takeAck(1400)?.packetSequence).toBe(4);
  });

  test('is due for events that an overtaken packet brought', () => {
    const receiver = new InputReceiver();
    receiver.receive(packet(3), 0);
    receiver.takeAck(0);
    receiver.receive(packet(2, { first: 1, events: [text('a')] }), 0);
    expect(receiver.takeAck(0)).toMatchObject({ packetSequence: 3, eventSequence: 1 });
  });

  test.each([
    { holdUs: 70_000, capped: 65_535 },
    { holdUs: -5, capped: 0 },
    { holdUs: 12.4, capped: 12 },
  ])('of $holdUs us in the edge says $capped', ({ holdUs, capped }) => {
    const receiver = new InputReceiver();
    receiver.receive(packet(1), 1000);
    expect(receiver.takeAck(1000 + holdUs)?.edgeHoldUs).toBe(capped);
  });
});

test('bytes that are no packet are counted', () => {
  const receiver = new InputReceiver();
  expect(receiver.receiveBytes(new Uint8Array([1, 2, 3]), 0)).toBeUndefined();
  expect(receiver.counts).toMatchObject({ malformedPackets: 1, packets: 0 });
  expect(receiver.takeAck(0)).toBeUndefined();
});
