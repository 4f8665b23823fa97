import { expect, test } from 'vitest';
import { createFingersInput } from './fingers.ts';
import type { InputSink } from './input-sink.ts';

function setUp(mode: 'touch' | 'mouse' | 'none') {
  const calls: unknown[][] = [];
  const record =
    (name: string) =>
    (...args: unknown[]): true => {
      calls.push([name, ...args]);
      return true;
    };
  const sink: InputSink = {
    key: record('key'),
    button: record('button'),
    movePointer: record('movePointer'),
    moveRelative: record('moveRelative'),
    wheel: record('wheel'),
    touchDown: record('touchDown'),
    touchMove: record('touchMove'),
    touchUp: record('touchUp'),
    text: record('text'),
    releaseAll: record('releaseAll'),
    flush: () => undefined,
  };
  const fingers = createFingersInput({
    sink,
    pictureBox: () => ({ left: 0, top: 100, width: 640, height: 360 }),
    mode: () => mode,
    maxFingers: 16,
  });
  const send = (type: string, pointerId: number, clientX: number, clientY: number): void => {
    fingers.onPointer({ type, pointerId, clientX, clientY } as PointerEvent);
  };
  return { calls, send };
}

test('two fingers are two touches, each at its own place', () => {
  const { calls, send } = setUp('touch');
  send('pointerdown', 31, 160, 280);
  send('pointerdown', 32, 480, 280);
  send('pointermove', 32, 320, 280);
  send('pointerup', 31, 160, 280);
  expect(calls).toEqual([
    ['touchDown', { id: 0, x: 16_384, y: 32_768 }],
    ['touchDown', { id: 1, x: 49_152, y: 32_768 }],
    ['touchMove', { id: 1, x: 32_768, y: 32_768 }],
    ['touchUp', { id: 0, x: 16_384, y: 32_768 }],
  ]);
});

test('a finger that starts on the bars is no touch, one that leaves the picture goes on at its edge', () => {
  const { calls, send } = setUp('touch');
  send('pointerdown', 1, 100, 20);
  send('pointermove', 1, 100, 200);
  send('pointerdown', 2, 100, 200);
  send('pointermove', 2, 100, 20);
  expect(calls.map(([name]) => name)).toEqual(['touchDown', 'touchMove']);
  expect(calls[1]).toMatchObject(['touchMove', { y: 0 }]);
});

test('a title that knows only a mouse gets its left button from the first finger', () => {
  const { calls, send } = setUp('mouse');
  send('pointerdown', 7, 320, 280);
  send('pointerdown', 8, 100, 280);
  send('pointerup', 7, 320, 280);
  expect(calls).toEqual([
    ['movePointer', 32_768, 32_768],
    ['button', { button: 0, isDown: true, x: 32_768, y: 32_768, isRelative: false }],
    ['movePointer', 32_768, 32_768],
    ['button', { button: 0, isDown: false, x: 32_768, y: 32_768, isRelative: false }],
  ]);
});

test('a title for the keyboard alone gets nothing', () => {
  const { calls, send } = setUp('none');
  send('pointerdown', 7, 320, 280);
  expect(calls).toEqual([]);
});
