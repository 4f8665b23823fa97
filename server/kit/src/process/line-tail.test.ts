import { expect, it } from 'vitest';
import { createLineTail } from './line-tail.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

it('splits lines across pushes, also inside a character', () => {
  const seen: string[] = [];
  const tail = createLineTail({ maxLines: 9, maxLineLength: 99, onLine: (l) => seen.push(l) });
  const all = bytes('één\r\ntwo\n\nlast');
  for (const byte of all) tail.push(Uint8Array.of(byte));
  expect(seen).toEqual(['één', 'two', '']);
  tail.end();
  tail.end();
  expect(tail.lines()).toEqual(['één', 'two', '', 'last']);
  expect(tail.totalBytes()).toBe(all.byteLength);
});

it('keeps the newest lines and the beginning of a long one', () => {
  const tail = createLineTail({ maxLines: 2, maxLineLength: 4 });
  tail.push(bytes('a\nb\nabcdefgh'));
  tail.push(bytes('ijkl\nc\n'));
  expect(tail.lines()).toEqual(['abcd', 'c']);
});

it('holds no more than the limits of a flood without a line end', () => {
  const tail = createLineTail({ maxLines: 3, maxLineLength: 10 });
  for (let n = 0; n < 1000; n += 1) tail.push(bytes('x'.repeat(1000)));
  tail.end();
  expect(tail.lines()).toEqual(['x'.repeat(10)]);
});
