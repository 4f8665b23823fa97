import { describe, expect, test } from 'vitest';
import { drawPoster, hashText, seededRandom } from './poster-model.ts';

const ids = Array.from({ length: 60 }, (_, i) => `title-${String(i)}`);

describe('poster art', () => {
  test('the same title always has the same poster', () => {
    expect(drawPoster({ titleId: 'freedoom', category: 'shooter' })).toEqual(
      drawPoster({ titleId: 'freedoom', category: 'shooter' }),
    );
  });

  test('titles differ, in motif and in colour', () => {
    const posters = ids.map((titleId) => drawPoster({ titleId, category: '' }));
    expect(new Set(posters.map(({ motif }) => motif)).size).toBeGreaterThanOrEqual(5);
    expect(new Set(posters.map(({ background }) => background[0])).size).toBeGreaterThanOrEqual(5);
    expect(new Set(posters.map((poster) => JSON.stringify(poster))).size).toBe(ids.length);
  });

  test.each([
    ['puzzle', 'tiles'],
    ['First-person shooter', 'corridor'],
    ['office', 'windows'],
  ])('the category %s suggests %s', (category, motif) => {
    expect(drawPoster({ titleId: 'x', category }).motif).toBe(motif);
  });

  test('no number in a poster is NaN, and none draws more than a few hundred shapes', () => {
    for (const titleId of ids) {
      for (const category of ['', 'puzzle', 'shooter', 'office']) {
        const { shapes } = drawPoster({ titleId, category });
        expect(shapes.length).toBeLessThan(200);
        expect(JSON.stringify(shapes)).not.toMatch(/NaN|null|Infinity|undefined/);
      }
    }
  });
});

test('the hash is FNV-1a', () => {
  expect(hashText('')).toBe(0x811c9dc5);
  expect(hashText('a')).toBe(0xe40c292c);
});

test('chance from a seed lies in 0..1 and repeats', () => {
  const [a, b] = [seededRandom(7), seededRandom(7)];
  for (let i = 0; i < 1000; i++) {
    const value = a();
    expect(value).toBe(b());
    expect(value).toBeGreaterThanOrEqual(0);
    expect(value).toBeLessThan(1);
  }
});
