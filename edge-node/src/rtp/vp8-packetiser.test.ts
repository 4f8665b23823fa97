import { expect, it } from 'vitest';
import { Vp8Packetiser } from './vp8-packetiser.ts';

function packetise(packetiser: Vp8Packetiser, frame: Uint8Array): Buffer[] {
  const target = Buffer.alloc(200);
  return Array.from({ length: packetiser.plan(frame) }, (_, i) => {
    const length = packetiser.write(i, target, 3);
    return Buffer.from(target.subarray(3, 3 + length));
  });
}

const pictureId = (payload: Buffer | undefined): number => (payload?.readUInt16BE(2) ?? 0) & 0x7fff;

it('marks the start of a frame in its first payload alone and loses no byte', () => {
  const frame = Buffer.from(Array.from({ length: 250 }, (_, i) => i));
  const payloads = packetise(new Vp8Packetiser(5, 100), frame);
  expect(payloads.map((p) => p[0])).toEqual([0x90, 0x80, 0x80]);
  expect(payloads.every((p) => p.length <= 100)).toBe(true);
  expect(Buffer.concat(payloads.map((p) => p.subarray(4)))).toEqual(frame);
});

it('gives all payloads of a frame one picture id, which wraps at 15 bits', () => {
  const packetiser = new Vp8Packetiser(0x7fff, 100);
  const first = packetise(packetiser, new Uint8Array(150));
  expect(first.map(pictureId)).toEqual([0x7fff, 0x7fff]);
  expect(first.every((p) => p[1] === 0x80 && ((p[2] ?? 0) & 0x80) !== 0)).toBe(true);
  expect(packetise(packetiser, new Uint8Array(1)).map(pictureId)).toEqual([0]);
});

it('plans nothing for an empty frame and keeps the picture id', () => {
  const packetiser = new Vp8Packetiser(9);
  expect(packetiser.plan(new Uint8Array(0))).toBe(0);
  expect(pictureId(packetise(packetiser, new Uint8Array(5))[0])).toBe(9);
});
