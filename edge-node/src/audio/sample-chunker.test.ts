import { expect, it } from 'vitest';
import { CHUNK_BYTES, SampleChunker } from './sample-chunker.ts';

it('cuts a stream that arrives in any pieces into chunks of 10 ms', () => {
  const chunker = new SampleChunker();
  const stream = Buffer.from(Array.from({ length: CHUNK_BYTES * 3 }, (_, i) => i % 251));
  const out: Buffer[] = [];
  for (let at = 0; at < stream.length; at += 700)
    out.push(...chunker.push(stream.subarray(at, at + 700)).chunks.map((c) => Buffer.from(c)));
  expect(out).toHaveLength(3);
  expect(Buffer.concat(out)).toEqual(stream);
});

it('drops the oldest beyond 40 ms', () => {
  const chunker = new SampleChunker();
  const late = Buffer.concat(Array.from({ length: 10 }, (_, i) => Buffer.alloc(CHUNK_BYTES, i)));
  const { chunks, skippedChunks } = chunker.push(late);
  expect(chunks.map((c) => c[0])).toEqual([6, 7, 8, 9]);
  expect(skippedChunks).toBe(6);
  expect(chunker.droppedChunks).toBe(6);
});

it('forgets an unfinished chunk when the stream starts anew', () => {
  const chunker = new SampleChunker();
  chunker.push(Buffer.alloc(100, 1));
  chunker.reset();
  expect(chunker.push(Buffer.alloc(CHUNK_BYTES, 2)).chunks[0]?.[0]).toBe(2);
});
