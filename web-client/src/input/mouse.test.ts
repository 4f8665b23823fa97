import { beforeEach, expect, test } from 'vitest';
import type { InputSink } from './input-sink.ts';
import { createMouseInput, type MouseInput } from './mouse.ts';

let calls: unknown[][] = [];
let isLocked = false;
let mouse: MouseInput;

function recordingSink(): InputSink {
  const record =
    (name: string) =>
    (...args: unknown[]): true => {
      calls.push([name, ...args]);
      return true;
    };
  return {
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
}

const pointer = (type: string, fields: Partial<PointerEvent>): PointerEvent =>
  ({
    type,
    clientX: 0,
    clientY: 0,
    movementX: 0,
    movementY: 0,
    buttons: 0,
    ...fields,
  }) as PointerEvent;

beforeEach(() => {
  calls = [];
  isLocked = false;
  mouse = createMouseInput({
    sink: recordingSink(),
    pictureBox: () => ({ left: 0, top: 0, width: 640, height: 360 }),
    pictureWidth: () => 1280,
    isLocked: () => isLocked,
  });
});

test('a button goes down where the pointer is', () => {
  mouse.onPointer(pointer('pointerdown', { clientX: 320, clientY: 180, buttons: 1 }));
  expect(calls).toEqual([
    ['movePointer', 32_768, 32_768],
    ['button', { button: 0, isDown: true, x: 32_768, y: 32_768, isRelative: false }],
  ]);
});

test('a second button that is pressed within a drag is noticed, and each release', () => {
  mouse.onPointer(pointer('pointerdown', { buttons: 1 }));
  mouse.onPointer(pointer('pointermove', { buttons: 3 }));
  mouse.onPointer(pointer('pointermove', { buttons: 2 }));
  mouse.onPointer(pointer('pointerup', { buttons: 0 }));
  const buttons = calls.filter(([name]) => name === 'button').map(([, event]) => event);
  expect(buttons).toMatchObject([
    { button: 0, isDown: true },
    { button: 2, isDown: true },
    { button: 0, isDown: false },
    { button: 2, isDown: false },
  ]);
});

test('while the pointer is locked only motion travels, in pixels of the picture', () => {
  isLocked = true;
  mouse.onPointer(pointer('pointermove', { movementX: 10, movementY: -3 }));
  expect(calls).toEqual([['moveRelative', 20, -6]]);
});

test('motion that came raw is not counted again when it comes aligned to the refresh', () => {
  isLocked = true;
  mouse.onPointer(pointer('pointerrawupdate', { movementX: 4 }));
  mouse.onPointer(pointer('pointerrawupdate', { movementX: 5 }));
  mouse.onPointer(pointer('pointermove', { movementX: 9 }));
  const sum = calls.reduce((total, [, deltaX]) => total + Number(deltaX), 0);
  expect(sum).toBe(18);
});

test('a button under a locked pointer is marked as relative', () => {
  isLocked = true;
  mouse.onPointer(pointer('pointerdown', { buttons: 1 }));
  expect(calls).toMatchObject([['button', { button: 0, isDown: true, isRelative: true }]]);
});

test('the wheel travels in units of 1/120 notch', () => {
  mouse.onWheel({ deltaX: 0, deltaY: -100, deltaMode: 0 } as WheelEvent);
  expect(calls).toEqual([['wheel', 0, -120]]);
});
