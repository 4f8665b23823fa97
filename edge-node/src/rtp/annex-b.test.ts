import { expect, it, test } from 'vitest';
import { createSeededRandom } from '@perigee/kit/testing';
import { splitAnnexB, type NalRange } from './annex-b.ts';

function split(...bytes: number[]): number[][] {
  const ranges: NalRange[] = [];
  splitAnnexB(Uint8Array.from(bytes), ranges);
  return ranges.map(({ start, end }) => bytes.slice(start, end));
}

test.each([
  { name: 'nothing in nothing', bytes: [], nals: [] },
  { name: 'nothing without a start code', bytes: [0, 0, 2, 1], nals: [] },
  { name: 'a short start code at the front', bytes: [0, 0, 1, 0x65, 9], nals: [[0x65, 9]] },
  { name: 'a long start code at the front', bytes: [0, 0, 0, 1, 0x65, 9], nals: [[0x65, 9]] },
  {
    name: 'both kinds after one another',
    bytes: [0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 0, 0, 0, 1, 0x65],
    nals: [[0x67, 1], [0x68], [0x65]],
  },
  { name: 'trailing zeros as padding', bytes: [0, 0, 1, 0x65, 7, 0, 0, 0], nals: [[0x65, 7]] },
  { name: 'no unit between two start codes', bytes: [0, 0, 1, 0, 0, 1, 0x65], nals: [[0x65]] },
  {
    name: 'emulation prevention as content',
    bytes: [0, 0, 1, 0x65, 0, 0, 3, 1, 4],
    nals: [[0x65, 0, 0, 3, 1, 4]],
  },
  { name: 'a start code at the very end', bytes: [0, 0, 1, 0x65, 0, 0, 1], nals: [[0x65]] },
])('finds $name', ({ bytes, nals }) => {
  expect(split(...bytes)).toEqual(nals);
});

it('finds what a slow search finds in random bytes', () => {
  const random = createSeededRandom(1);
  for (let round = 0; round < 2000; round++) {
    const bytes = Array.from({ length: 40 }, () => Math.floor(random() * 3));
    const codes = bytes.flatMap((_, i) =>
      bytes[i] === 0 && bytes[i + 1] === 0 && bytes[i + 2] === 1 ? [i] : [],
    );
    const slow = codes.flatMap((code, i) => {
      const nal = bytes.slice(code + 3, codes[i + 1] ?? bytes.length);
      while (nal.at(-1) === 0) nal.pop();
      return nal.length > 0 ? [nal] : [];
    });
    expect(split(...bytes)).toEqual(slow);
  }
});
