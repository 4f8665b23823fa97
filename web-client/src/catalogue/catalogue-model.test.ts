import { describe, expect, test } from 'vitest';
import { parseTitle, parseTitles, toCards } from './catalogue-model.ts';

const freedoom = {
  titleId: 'freedoom',
  name: 'Freedoom',
  version: '1',
  description: 'Corridors.',
  category: 'shooter',
  resolution: { width: 1280, height: 720 },
  fps: 60,
  input: ['mouse', 'keyboard'],
  isOnline: true,
  edgesOnline: 1,
};
const tiles = { ...freedoom, titleId: 'gnome-2048', name: '2048', input: ['touch', 'keyboard'] };
const away = { ...freedoom, titleId: 'away', name: 'Away', isOnline: false };

describe('the answer of the server', () => {
  test('is read into titles, kinds of input in a fixed order', () => {
    expect(parseTitles({ titles: [freedoom] })).toEqual([
      {
        titleId: 'freedoom',
        name: 'Freedoom',
        description: 'Corridors.',
        category: 'shooter',
        resolution: { width: 1280, height: 720 },
        input: ['keyboard', 'mouse'],
        isOnline: true,
      },
    ]);
  });

  test.each([
    [undefined],
    [null],
    ['titles'],
    [{ titles: 'x' }],
    [{ titles: [null, 4, {}, { titleId: '../etc' }, { titleId: 'UPPER' }] }],
  ])('%j gives no title and no exception', (input) => {
    expect(parseTitles(input)).toEqual([]);
  });

  test('a title that says little still has a card', () => {
    expect(
      parseTitle({ titleId: 'bare', resolution: { width: -1 }, input: ['telepathy'] }),
    ).toEqual({
      titleId: 'bare',
      name: 'bare',
      description: '',
      category: '',
      resolution: { width: 1280, height: 720 },
      input: [],
      isOnline: false,
    });
  });
});

describe('the cards', () => {
  const cards = (isTouchOnly: boolean) =>
    toCards(parseTitles({ titles: [away, freedoom, tiles] }), { isTouchOnly });

  test('come playable first, then by name', () => {
    expect(cards(false).map(({ title }) => title.titleId)).toEqual([
      'gnome-2048',
      'freedoom',
      'away',
    ]);
  });

  test('name each kind of input', () => {
    expect(cards(false)[1]?.kinds).toEqual([
      { kind: 'keyboard', label: 'Keyboard' },
      { kind: 'mouse', label: 'Mouse' },
    ]);
  });

  test('warn on a phone when a title wants a keyboard and knows no touch', () => {
    expect(cards(true).map(({ hint }) => hint !== null)).toEqual([false, true, true]);
    expect(cards(false).every(({ hint }) => hint === null)).toBe(true);
  });
});
