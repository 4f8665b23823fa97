import type { Resolution } from '@perigee/protocol';
import {
  clampAxis,
  WHEEL_BUTTONS,
  X_BUTTONS,
  xKeycode,
  type Injector,
  type Position,
  type TouchPhase,
  type WheelStep,
} from './injector.ts';
import type { Xtest } from './xtest.ts';

/** Input through XTEST, where the server has no inputtest driver (Xvfb). One pointer only: the first finger down acts as the left button. */
export class XtestInjector implements Injector {
  readonly kind = 'xtest';
  readonly #xtest: Xtest;
  readonly #resolution: () => Resolution;
  #finger: number | undefined;
  #droppedEvents = 0;

  /** `resolution`: size of the screen at the moment of the call. */
  constructor(xtest: Xtest, resolution: () => Resolution) {
    this.#xtest = xtest;
    this.#resolution = resolution;
  }

  get droppedEvents(): number {
    return this.#droppedEvents;
  }

  key(code: number, isDown: boolean): void {
    const keycode = xKeycode(code);
    if (keycode === undefined) this.#droppedEvents += 1;
    else this.#xtest.fake(isDown ? 'keyPress' : 'keyRelease', keycode);
  }

  button(button: number, isDown: boolean): void {
    const xButton = X_BUTTONS[button];
    if (xButton === undefined) this.#droppedEvents += 1;
    else this.#xtest.fake(isDown ? 'buttonPress' : 'buttonRelease', xButton);
  }

  moveTo(position: Position): void {
    const { width, height } = this.#resolution();
    const x = Math.round((clampAxis(position.x) * (width - 1)) / 65_535);
    const y = Math.round((clampAxis(position.y) * (height - 1)) / 65_535);
    this.#xtest.fake('motion', 0, x, y);
  }

  moveBy(deltaX: number, deltaY: number): void {
    this.#xtest.fake('motion', 1, deltaX, deltaY);
  }

  wheel(step: WheelStep): void {
    this.#xtest.fake('buttonPress', WHEEL_BUTTONS[step]);
    this.#xtest.fake('buttonRelease', WHEEL_BUTTONS[step]);
  }

  touch(id: number, phase: TouchPhase, position: Position): void {
    if (phase === 'down') this.#finger ??= id;
    if (this.#finger !== id) {
      this.#droppedEvents += 1;
      return;
    }
    this.moveTo(position);
    if (phase === 'move') return;
    this.button(0, phase === 'down');
    if (phase === 'up') this.#finger = undefined;
  }

  async sync(limitMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMs);
    });
    await Promise.race([this.#xtest.sync(), limit]);
    clearTimeout(timer);
  }

  close(): void {
    // The connection belongs to whoever opened it.
  }
}
