import { listen } from '../dom.ts';

export type PointerLock = {
  readonly isLocked: () => boolean;
  /** Within a user's gesture; a refusal changes nothing. */
  readonly enter: () => void;
  readonly toggle: () => void;
  readonly close: () => void;
};

type LockRequest = (options?: { unadjustedMovement: boolean }) => Promise<void> | undefined;

/** Locks the pointer on `element` (Pointer Lock 2.0): the mouse then gives relative motion without an edge of the screen. */
export function createPointerLock(
  element: HTMLElement,
  onChange: (isLocked: boolean) => void,
): PointerLock {
  const isLocked = (): boolean => document.pointerLockElement === element;
  const request: LockRequest = (options) =>
    (element.requestPointerLock as LockRequest).call(element, options);
  const enter = (): void => {
    // Unaccelerated motion where the system offers it, else what there is; older browsers return nothing.
    request({ unadjustedMovement: true })?.catch(() => request()?.catch(() => undefined));
  };
  const stop = listen(document, 'pointerlockchange', () => {
    onChange(isLocked());
  });
  return {
    isLocked,
    enter,
    toggle: () => {
      if (isLocked()) document.exitPointerLock();
      else enter();
    },
    close: () => {
      stop();
      if (isLocked()) document.exitPointerLock();
    },
  };
}
