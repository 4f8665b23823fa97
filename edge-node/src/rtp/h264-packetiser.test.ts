import { expect, it } from 'vitest';
import { createSeededRandom } from '@perigee/kit/testing';
import { H264Packetiser } from './h264-packetiser.ts';

const SPS = Buffer.from([0x67, 0x42, 0xe0, 0x1f, 1]);
const PPS = Buffer.from([0x68, 0xce, 2]);

/** No zeros inside, so that content makes no start codes. */
function nal(header: number, sizeBytes: number, seed = 1): Buffer {
  const random = createSeededRandom(seed);
  const bytes = Buffer.alloc(sizeBytes);
  for (let i = 0; i < sizeBytes; i++) bytes[i] = 1 + Math.floor(random() * 255);
  bytes[0] = header;
  return bytes;
}

function accessUnit(...nals: Buffer[]): Buffer {
  return Buffer.concat(nals.flatMap((n) => [Buffer.from([0, 0, 0, 1]), n]));
}

function packetise(frame: Buffer, maxPayloadBytes = 1150): Buffer[] {
  const packetiser = new H264Packetiser(maxPayloadBytes);
  const target = Buffer.alloc(maxPayloadBytes + 20);
  return Array.from({ length: packetiser.plan(frame) }, (_, i) => {
    const length = packetiser.write(i, target, 10);
    expect(length).toBeLessThanOrEqual(maxPayloadBytes);
    return Buffer.from(target.subarray(10, 10 + length));
  });
}

/** The receiver's side of RFC 6184. */
function reassemble(payloads: readonly Buffer[]): Buffer[] {
  const nals: Buffer[] = [];
  let parts: Buffer[] | undefined;
  for (const payload of payloads) {
    const type = (payload[0] ?? 0) & 31;
    if (type === 24) {
      for (let at = 1; at < payload.length;) {
        const size = payload.readUInt16BE(at);
        nals.push(payload.subarray(at + 2, at + 2 + size));
        at += 2 + size;
      }
    } else if (type === 28) {
      const fu = payload[1] ?? 0;
      if ((fu & 0x80) !== 0) parts = [Buffer.from([((payload[0] ?? 0) & 0xe0) | (fu & 31)])];
      parts?.push(payload.subarray(2));
      if ((fu & 0x40) !== 0) nals.push(Buffer.concat(parts ?? []));
    } else nals.push(payload);
  }
  return nals;
}

it('sends a small slice as it is', () => {
  const slice = nal(0x61, 200);
  expect(packetise(accessUnit(slice))).toEqual([slice]);
});

it('puts parameter sets and a small IDR slice into one STAP-A', () => {
  const idr = nal(0x65, 100);
  const payloads = packetise(accessUnit(SPS, PPS, idr));
  expect(payloads).toHaveLength(1);
  expect(payloads[0]?.[0]).toBe(0x60 | 24);
  expect(reassemble(payloads)).toEqual([SPS, PPS, idr]);
});

it('cuts a large slice into fragments of about equal size with one start and one end', () => {
  const slice = nal(0x65, 5000);
  const payloads = packetise(accessUnit(SPS, PPS, slice));
  expect(reassemble(payloads)).toEqual([SPS, PPS, slice]);
  const fragments = payloads.slice(1);
  expect(fragments.map((p) => (p[1] ?? 0) >> 6)).toEqual([2, 0, 0, 0, 1]);
  const sizes = fragments.map((p) => p.length);
  expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(5);
});

it('leaves out delimiters and filler', () => {
  const slice = nal(0x61, 10);
  expect(packetise(accessUnit(Buffer.from([9, 0xf0]), slice, nal(12, 30)))).toEqual([slice]);
});

it('plans nothing for bytes that are no access unit', () => {
  expect(packetise(Buffer.from([1, 2, 3]))).toEqual([]);
});

it('keeps every unit whole and in order, whatever the sizes', () => {
  const random = createSeededRandom(2);
  for (let round = 0; round < 300; round++) {
    const nals = Array.from({ length: 1 + Math.floor(random() * 5) }, (_, i) =>
      nal(random() < 0.3 ? 0x67 : 0x65, 1 + Math.floor(random() * 400), round * 10 + i),
    );
    expect(reassemble(packetise(accessUnit(...nals), 100))).toEqual(nals);
  }
});

it.each([98, 99, 100, 101, 102, 197, 198, 199])(
  'handles %i bytes around the payload limit',
  (size) => {
    const slice = nal(0x61, size);
    expect(reassemble(packetise(accessUnit(slice), 100))).toEqual([slice]);
  },
);
