import { expect, it } from 'vitest';
import { decodeInputAck, encodeInputPacket, type InputEvent } from '@perigee/protocol';
import { createSeededRandom } from '@perigee/kit/testing';
import { InputApplier } from '../input/input-applier.ts';
import { PeerInput } from './peer-input.ts';

const KEY_DOWN: InputEvent = { kind: 'key', code: 30, isDown: true };

function packet(
  sequence: number,
  firstEventSequence: number,
  events: readonly InputEvent[],
): Uint8Array {
  return encodeInputPacket({
    sequence,
    clientTimeUs: sequence * 10,
    pointer: { x: 0, y: 0, buttons: 0, relativeX: 0, relativeY: 0, wheelX: 0, wheelY: 0 },
    touches: [],
    firstEventSequence,
    events,
  });
}

function newInput() {
  let nowUs = 1e6;
  const log: string[] = [];
  const applier = new InputApplier(
    {
      kind: 'inputtest',
      droppedEvents: 0,
      key: (code, isDown) => log.push(`key ${String(code)} ${isDown ? 'down' : 'up'}`),
      button: () => log.push('button'),
      moveTo: () => log.push('to'),
      moveBy: () => log.push('by'),
      wheel: () => log.push('wheel'),
      touch: () => log.push('touch'),
      sync: () => Promise.resolve(),
      close: () => undefined,
    },
    undefined,
  );
  const input = new PeerInput({
    applier,
    nowUs: () => (nowUs += 50),
    sendAck: (bytes) => {
      const ack = decodeInputAck(bytes);
      log.push(
        `ack ${String(ack?.packetSequence)} events ${String(ack?.eventSequence)} held ${String(ack?.edgeHoldUs)}`,
      );
    },
    onInjected: (eventSequence) => log.push(`injected ${String(eventSequence)}`),
  });
  return { input, applier, log, wait: (us: number) => (nowUs += us) };
}

it('injects first, then notes it for the capture, then acknowledges', () => {
  const { input, log } = newInput();
  input.receive(packet(1, 1, [KEY_DOWN]));
  expect(log).toEqual(['key 30 down', 'injected 1', 'ack 1 events 1 held 50']);
});

it('acknowledges a packet without news and injects nothing twice', () => {
  const { input, log } = newInput();
  input.receive(packet(1, 1, [KEY_DOWN]));
  log.length = 0;
  input.receive(packet(2, 1, [KEY_DOWN]));
  expect(log).toEqual(['ack 2 events 1 held 50']);
});

it('drops and counts what comes faster than 2000 a second', () => {
  const { input, log, wait } = newInput();
  for (let i = 1; i <= 1000; i++) input.receive(packet(i, 0, []));
  expect(input.refusedPackets).toBeGreaterThan(400);
  const before = log.length;
  wait(1e6);
  input.receive(packet(2000, 0, []));
  expect(log.length).toBe(before + 1);
});

it('counts malformed packets and answers none of them', () => {
  const { input, log, wait } = newInput();
  const random = createSeededRandom(6);
  const valid = packet(1, 1, [KEY_DOWN]);
  for (let length = 0; length < valid.length; length++) input.receive(valid.subarray(0, length));
  for (let i = 0; i < 2000; i++) {
    wait(1000);
    input.receive(Uint8Array.from({ length: Math.floor(random() * 40) }, () => random() * 256));
  }
  expect(log).toEqual([]);
  expect(input.refusedPackets).toBe(valid.length + 2000);
});

it('lets go of everything when the player leaves', () => {
  const { input, applier, log } = newInput();
  input.receive(packet(1, 1, [KEY_DOWN]));
  input.releaseAll();
  expect(log.at(-1)).toBe('key 30 up');
  expect(applier.heldCount).toBe(0);
});
