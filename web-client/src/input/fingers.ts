import { createFingerIds } from './finger-ids.ts';
import type { InputSink } from './input-sink.ts';
import { isInside, toPicturePosition, type Box } from './letterbox.ts';

export type FingersOptions = {
  readonly sink: InputSink;
  readonly pictureBox: () => Box;
  /** `touch`: every finger is a touch of its own. `mouse`: the first finger is the pointer with its left button. `none`: ignored. */
  readonly mode: () => 'touch' | 'mouse' | 'none';
  readonly maxFingers: number;
};

export type FingersInput = {
  readonly onPointer: (event: PointerEvent) => void;
  readonly reset: () => void;
};

/** Turns touch pointer events into touches, or into a mouse for titles that know no touch. A finger must start on the picture. */
export function createFingersInput({
  sink,
  pictureBox,
  mode,
  maxFingers,
}: FingersOptions): FingersInput {
  const fingers = createFingerIds(maxFingers);
  const asMouse = (
    id: number,
    kind: 'down' | 'move' | 'up',
    at: { x: number; y: number },
  ): void => {
    if (id !== 0) return;
    sink.movePointer(at.x, at.y);
    if (kind !== 'move')
      sink.button({ button: 0, isDown: kind === 'down', ...at, isRelative: false });
  };
  const asTouch = (
    id: number,
    kind: 'down' | 'move' | 'up',
    at: { x: number; y: number },
  ): void => {
    if (kind === 'down') sink.touchDown({ id, ...at });
    else if (kind === 'move') sink.touchMove({ id, ...at });
    else sink.touchUp({ id, ...at });
  };
  return {
    onPointer: (event) => {
      const how = mode();
      if (how === 'none') return;
      const box = pictureBox();
      const point = { x: event.clientX, y: event.clientY };
      const at = toPicturePosition(point, box);
      const report = how === 'touch' ? asTouch : asMouse;
      if (event.type === 'pointerdown') {
        if (!isInside(point, box)) return;
        const id = fingers.take(event.pointerId);
        if (id !== undefined) report(id, 'down', at);
      } else if (event.type === 'pointerup' || event.type === 'pointercancel') {
        const id = fingers.release(event.pointerId);
        if (id !== undefined) report(id, 'up', at);
      } else {
        const id = fingers.get(event.pointerId);
        if (id !== undefined) report(id, 'move', at);
      }
      sink.flush();
    },
    reset: fingers.clear,
  };
}
