import { describe, expect, test } from 'vitest';
import { isInside, pictureBox, toPicturePosition } from './letterbox.ts';

const hd = { width: 1280, height: 720 };

describe('the picture inside its video element', () => {
  test.each([
    [
      'as it is',
      { left: 0, top: 0, width: 1280, height: 720 },
      { left: 0, top: 0, width: 1280, height: 720 },
    ],
    [
      'bars above and below',
      { left: 0, top: 52, width: 360, height: 588 },
      { left: 0, top: 52 + 192.75, width: 360, height: 202.5 },
    ],
    [
      'bars left and right',
      { left: 56, top: 0, width: 859, height: 412 },
      { left: 56 + (859 - 412 * (16 / 9)) / 2, top: 0, width: 412 * (16 / 9), height: 412 },
    ],
  ])('is found with %s', (_name, box, expected) => {
    const found = pictureBox(box, hd);
    expect(found.left).toBeCloseTo(expected.left, 9);
    expect(found.top).toBeCloseTo(expected.top, 9);
    expect(found.width).toBeCloseTo(expected.width, 9);
    expect(found.height).toBeCloseTo(expected.height, 9);
  });

  test('a 4:3 picture keeps its shape in a wide element', () => {
    const found = pictureBox(
      { left: 0, top: 0, width: 1600, height: 600 },
      { width: 640, height: 480 },
    );
    expect(found).toEqual({ left: 400, top: 0, width: 800, height: 600 });
  });
});

describe('a position in the picture', () => {
  const box = { left: 100, top: 50, width: 640, height: 360 };

  test('every pixel of the picture is reached from its own centre', () => {
    for (let pixel = 0; pixel < hd.width; pixel++) {
      const { x } = toPicturePosition({ x: box.left + (pixel + 0.5) / 2, y: box.top }, box);
      expect(Math.floor((x * hd.width) / 65_536)).toBe(pixel);
    }
  });

  test.each([
    ['top left corner', { x: 100, y: 50 }, { x: 0, y: 0 }],
    ['middle', { x: 420, y: 230 }, { x: 32_768, y: 32_768 }],
    ['last point', { x: 739.999, y: 409.999 }, { x: 65_535, y: 65_535 }],
    ['left of the picture', { x: 3, y: 230 }, { x: 0, y: 32_768 }],
    ['below the picture', { x: 420, y: 900 }, { x: 32_768, y: 65_535 }],
  ])('%s', (_name, point, expected) => {
    expect(toPicturePosition(point, box)).toEqual(expected);
  });

  test('an element without size gives the corner and no NaN', () => {
    expect(toPicturePosition({ x: 5, y: 5 }, { left: 0, top: 0, width: 0, height: 0 })).toEqual({
      x: 0,
      y: 0,
    });
  });

  test('the bars do not count as inside', () => {
    expect(isInside({ x: 100, y: 50 }, box)).toBe(true);
    expect(isInside({ x: 99.9, y: 60 }, box)).toBe(false);
    expect(isInside({ x: 740, y: 60 }, box)).toBe(false);
    expect(isInside({ x: 200, y: 410 }, box)).toBe(false);
  });
});
