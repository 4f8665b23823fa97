/** Positions are 0..65535 of the picture on each axis; out-of-range numbers are clamped. */
export type Position = { readonly x: number; readonly y: number };

/** Sockets of the four inputtest devices of a display. */
export type InputSockets = {
  readonly keyboard: string;
  readonly pointerAbsolute: string;
  readonly pointerRelative: string;
  readonly touch: string;
};

/** A finger's life. */
export type TouchPhase = 'down' | 'move' | 'up';

/** One step of a wheel. */
export type WheelStep = 'up' | 'down' | 'left' | 'right';

/**
 * Puts input into the session's X server. Each call goes out at once and never throws; what cannot be injected is dropped and counted.
 * The caller pairs downs and ups.
 */
export interface Injector {
  readonly kind: 'inputtest' | 'xtest';
  /** Events that this display cannot take: key codes beyond 247, fingers without a touch device, a server that is gone. */
  readonly droppedEvents: number;
  /** `code`: evdev key code. */
  key(code: number, isDown: boolean): void;
  /** `button` 0 left, 1 middle, 2 right, 3 back, 4 forward; where the pointer is. */
  button(button: number, isDown: boolean): void;
  moveTo(position: Position): void;
  /** Relative motion in pixels of the screen. */
  moveBy(deltaX: number, deltaY: number): void;
  wheel(step: WheelStep): void;
  /** `id` 0..31. */
  touch(id: number, phase: TouchPhase, position: Position): void;
  /** Resolves when the server has handled everything before it, at the latest after `limitMs`. Never rejects. */
  sync(limitMs: number): Promise<void>;
  close(): void;
}

/** X button numbers: wheel steps are buttons 4 to 7, so back and forward are 8 and 9. */
export const X_BUTTONS = [1, 2, 3, 8, 9] as const;
export const WHEEL_BUTTONS: Readonly<Record<WheelStep, number>> = {
  up: 4,
  down: 5,
  left: 6,
  right: 7,
};

/** An X keycode is the evdev code + 8 (xf86-input-evdev and inputtest alike); X knows 8..255. */
export function xKeycode(evdevCode: number): number | undefined {
  return evdevCode >= 1 && evdevCode <= 247 ? evdevCode + 8 : undefined;
}

/** Makes a number from outside an integer of 0..65535; NaN becomes 0. */
export function clampAxis(value: number): number {
  return value >= 65_535 ? 65_535 : value > 0 ? Math.round(value) : 0;
}
