// Mouse and pen. Buttons are read from the `buttons` bits of every pointer event: chorded buttons have no pointerdown of their own, and a
// release that was missed is noticed with the next event.
import type { InputSink } from './input-sink.ts';
import { toPicturePosition, type Box } from './letterbox.ts';
import { wheelUnits } from './motion.ts';

/** PointerEvent.buttons bit of each of our buttons: left, middle, right, back, forward. */
const BUTTON_BITS = [1, 4, 2, 8, 16] as const;

export type MouseOptions = {
  readonly sink: InputSink;
  /** The picture in the viewport, CSS pixels. */
  readonly pictureBox: () => Box;
  /** The picture's own width in pixels. */
  readonly pictureWidth: () => number;
  readonly isLocked: () => boolean;
};

export type MouseInput = {
  readonly onPointer: (event: PointerEvent) => void;
  readonly onWheel: (event: WheelEvent) => void;
  readonly reset: () => void;
};

/** Turns the mouse's pointer events into absolute positions, or into relative motion while the pointer is locked. */
export function createMouseInput({
  sink,
  pictureBox,
  pictureWidth,
  isLocked,
}: MouseOptions): MouseInput {
  let held = 0;
  let position = { x: 0, y: 0 };
  let hasRawMotion = false;

  const moveAbsolute = (event: PointerEvent): void => {
    position = toPicturePosition({ x: event.clientX, y: event.clientY }, pictureBox());
    sink.movePointer(position.x, position.y);
  };
  const moveRelative = (event: PointerEvent): void => {
    if (event.type === 'pointerrawupdate') hasRawMotion = true;
    else if (hasRawMotion) return; // the same motion again, aligned to the refresh
    const scale = pictureWidth() / Math.max(1, pictureBox().width);
    sink.moveRelative(event.movementX * scale, event.movementY * scale);
  };
  return {
    onPointer: (event) => {
      const isRelative = isLocked();
      if (!isRelative) moveAbsolute(event);
      else if (event.type === 'pointermove' || event.type === 'pointerrawupdate')
        moveRelative(event);
      const changed = event.buttons ^ held;
      held = event.buttons;
      BUTTON_BITS.forEach((bit, button) => {
        if ((changed & bit) !== 0)
          sink.button({ button, isDown: (held & bit) !== 0, ...position, isRelative });
      });
      sink.flush();
    },
    onWheel: (event) => {
      sink.wheel(
        wheelUnits(event.deltaX, event.deltaMode),
        wheelUnits(event.deltaY, event.deltaMode),
      );
      sink.flush();
    },
    reset: () => {
      held = 0;
    },
  };
}
