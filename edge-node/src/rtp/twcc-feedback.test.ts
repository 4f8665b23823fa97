import { expect, it, test } from 'vitest';
import { createSeededRandom } from '@perigee/kit/testing';
import { parseTwccFeedback } from './twcc-feedback.ts';

/** Feedback as a receiver writes it: status symbols in two-bit vectors, deltas in 250 us. */
function feedback(
  base: number,
  deltas: readonly (number | 'lost' | 'untimed')[],
  referenceTime = 1,
): Buffer {
  const symbols = deltas.map((d) =>
    d === 'lost' ? 0 : d === 'untimed' ? 3 : d >= 0 && d <= 255 ? 1 : 2,
  );
  const chunks: number[] = [];
  for (let i = 0; i < symbols.length; i += 7)
    chunks.push(
      0xc000 |
        Array.from({ length: 7 }, (_, k) => (symbols[i + k] ?? 0) << (12 - 2 * k)).reduce(
          (a, b) => a | b,
          0,
        ),
    );
  const timed = deltas.filter((d): d is number => typeof d === 'number');
  const deltaBytes = timed.flatMap((d) => (d >= 0 && d <= 255 ? [d] : [(d >> 8) & 255, d & 255]));
  const size = 20 + chunks.length * 2 + deltaBytes.length;
  const padding = (4 - (size % 4)) % 4;
  const bytes = Buffer.alloc(size + padding);
  bytes[0] = 0x80 | (padding > 0 ? 0x20 : 0) | 15;
  bytes[1] = 205;
  bytes.writeUInt16BE(bytes.length / 4 - 1, 2);
  bytes.writeUInt16BE(base, 12);
  bytes.writeUInt16BE(deltas.length, 14);
  bytes.writeIntBE(referenceTime, 16, 3);
  bytes[19] = 42;
  chunks.forEach((chunk, i) => bytes.writeUInt16BE(chunk, 20 + i * 2));
  Buffer.from(deltaBytes).copy(bytes, 20 + chunks.length * 2);
  if (padding > 0) bytes[bytes.length - 1] = padding;
  return bytes;
}

it('reads small, large and negative deltas and losses', () => {
  const parsed = parseTwccFeedback(feedback(10, [4, 'lost', 1000, -8]));
  expect(parsed?.feedbackCount).toBe(42);
  expect(parsed?.packets).toEqual([
    { sequenceNumber: 10, isReceived: true, receivedUs: 65_000 },
    { sequenceNumber: 11, isReceived: false, receivedUs: undefined },
    { sequenceNumber: 12, isReceived: true, receivedUs: 315_000 },
    { sequenceNumber: 13, isReceived: true, receivedUs: 313_000 },
  ]);
});

it('numbers packets across the wrap', () => {
  const parsed = parseTwccFeedback(feedback(65_534, [0, 0, 0, 0]));
  expect(parsed?.packets.map((p) => p.sequenceNumber)).toEqual([65_534, 65_535, 0, 1]);
});

it('reads a negative reference time', () => {
  expect(parseTwccFeedback(feedback(1, [0], -2))?.packets[0]?.receivedUs).toBe(-128_000);
});

it('reads run lengths and one-bit vectors', () => {
  const bytes = Buffer.alloc(28);
  bytes[0] = 0x8f;
  bytes.writeUInt16BE(5, 12);
  bytes.writeUInt16BE(8, 14);
  bytes.writeUInt16BE(0x2003, 20); // run: three small deltas
  bytes.writeUInt16BE(0xa000, 22); // one-bit vector 10...: received, then lost
  bytes.set([1, 2, 3, 4], 24);
  expect(parseTwccFeedback(bytes)?.packets.map((p) => p.isReceived)).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});

it('takes packets as received without time when no deltas were asked for', () => {
  const whole = feedback(1, [0, 0, 0]);
  const bytes = Buffer.from(whole.subarray(0, 24));
  bytes[0] = 0x8f;
  expect(parseTwccFeedback(bytes)?.packets).toEqual(
    [1, 2, 3].map((sequenceNumber) => ({
      sequenceNumber,
      isReceived: true,
      receivedUs: undefined,
    })),
  );
});

test.each([
  { name: 'a count of zero', change: (b: Buffer) => b.writeUInt16BE(0, 14) },
  { name: 'a count beyond its chunks', change: (b: Buffer) => b.writeUInt16BE(5000, 14) },
  { name: 'an enormous count', change: (b: Buffer) => b.writeUInt16BE(65_535, 14) },
  { name: 'an empty run', change: (b: Buffer) => b.writeUInt16BE(0, 20) },
])('refuses $name', ({ change }) => {
  const bytes = feedback(1, [1, 2, 3]);
  change(bytes);
  expect(parseTwccFeedback(bytes)).toBeUndefined();
});

it('survives truncation at each byte', () => {
  const bytes = feedback(
    1,
    Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? 'lost' : i * 40 - 500)),
  );
  for (let length = 0; length < bytes.length; length++) {
    const parsed = parseTwccFeedback(bytes.subarray(0, length));
    if (parsed !== undefined) expect(parsed.packets).toHaveLength(60);
  }
});

it('survives random bytes', () => {
  const random = createSeededRandom(3);
  for (let round = 0; round < 20_000; round++) {
    const bytes = Buffer.from(
      Array.from({ length: Math.floor(random() * 60) }, () => Math.floor(random() * 256)),
    );
    const parsed = parseTwccFeedback(bytes);
    if (parsed !== undefined) expect(parsed.packets).toHaveLength(bytes.readUInt16BE(14));
  }
});
