import { expect, it } from 'vitest';
import { OpusEncoder } from './opus-encoder.ts';
import { CHUNK_BYTES, CHUNK_SAMPLES } from './sample-chunker.ts';

function tone(chunk: number): Buffer {
  const bytes = Buffer.alloc(CHUNK_BYTES);
  for (let i = 0; i < CHUNK_SAMPLES; i++) {
    const value = Math.round(
      8000 * Math.sin((2 * Math.PI * 1000 * (chunk * CHUNK_SAMPLES + i)) / 48_000),
    );
    bytes.writeInt16LE(value, i * 4);
    bytes.writeInt16LE(value, i * 4 + 2);
  }
  return bytes;
}

it('makes one stereo packet of 10 ms of every chunk', () => {
  const encoder = new OpusEncoder();
  try {
    const packets = Array.from({ length: 50 }, (_, i) => encoder.encode(tone(i)));
    // TOC byte (RFC 6716 3.1): stereo bit; configurations of 10 ms are 0, 4, 8, 12, 14 and 18, 22, 26, 30.
    const tocs = packets.map((p) => p?.[0] ?? 0);
    expect(tocs.every((toc) => (toc & 4) !== 0)).toBe(true);
    expect(tocs.every((toc) => [0, 4, 8, 12, 14, 18, 22, 26, 30].includes(toc >> 3))).toBe(true);
    const bytes = packets.slice(10).reduce((sum, p) => sum + (p?.length ?? 0), 0);
    expect(bytes / 40).toBeGreaterThan(40);
    expect(bytes / 40).toBeLessThan(250);
  } finally {
    encoder.close();
  }
});

it('encodes nothing of half a chunk, and nothing after it was closed', () => {
  const encoder = new OpusEncoder();
  expect(encoder.encode(new Uint8Array(10))).toBeUndefined();
  encoder.close();
  encoder.close();
  expect(encoder.encode(new Uint8Array(CHUNK_BYTES))).toBeUndefined();
});
