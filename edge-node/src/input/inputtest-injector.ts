import {
  WHEEL_BUTTONS,
  X_BUTTONS,
  xKeycode,
  type Injector,
  type InputSockets,
  type Position,
  type TouchPhase,
  type WheelStep,
} from './injector.ts';
import { InputtestDevice } from './inputtest-device.ts';

const CONNECT_LIMIT_MS = 3000;

type Devices = {
  readonly keyboard: InputtestDevice;
  readonly absolute: InputtestDevice;
  readonly relative: InputtestDevice;
  readonly touch: InputtestDevice;
};

/** Input through the four `inputtest` devices of the session's Xorg. */
export class InputtestInjector implements Injector {
  readonly kind = 'inputtest';
  readonly #devices: Devices;
  /** The pointer that moved last: wheel and new buttons go through it, so that the server keeps one position. */
  #pointer: InputtestDevice;
  /** A button is released by the device that pressed it. */
  readonly #pressedBy = new Map<number, InputtestDevice>();
  #droppedEvents = 0;

  /** @throws {InputDeviceError} */
  static async connect(sockets: InputSockets) {
    const opened: InputtestDevice[] = [];
    const open = async (path: string): Promise<InputtestDevice> => {
      const device = await InputtestDevice.connect(path, CONNECT_LIMIT_MS);
      opened.push(device);
      return device;
    };
    const [keyboard, absolute, relative, touch] = await Promise.allSettled([
      open(sockets.keyboard),
      open(sockets.pointerAbsolute),
      open(sockets.pointerRelative),
      open(sockets.touch),
    ]);
    try {
      return new InputtestInjector({
        keyboard: settled(keyboard),
        absolute: settled(absolute),
        relative: settled(relative),
        touch: settled(touch),
      });
    } catch (error) {
      for (const device of opened) device.close();
      throw error;
    }
  }

  private constructor(devices: Devices) {
    this.#devices = devices;
    this.#pointer = devices.absolute;
  }

  get droppedEvents(): number {
    const { keyboard, absolute, relative, touch } = this.#devices;
    return [keyboard, absolute, relative, touch].reduce(
      (sum, device) => sum + device.droppedEvents,
      this.#droppedEvents,
    );
  }

  key(code: number, isDown: boolean): void {
    const keycode = xKeycode(code);
    if (keycode === undefined) this.#droppedEvents += 1;
    else this.#devices.keyboard.key(keycode, isDown);
  }

  button(button: number, isDown: boolean): void {
    const xButton = X_BUTTONS[button];
    if (xButton === undefined) {
      this.#droppedEvents += 1;
      return;
    }
    const device = this.#pressedBy.get(xButton) ?? this.#pointer;
    if (isDown) this.#pressedBy.set(xButton, device);
    else this.#pressedBy.delete(xButton);
    device.button(xButton, isDown);
  }

  moveTo(position: Position): void {
    this.#pointer = this.#devices.absolute;
    this.#pointer.moveTo(position);
  }

  moveBy(deltaX: number, deltaY: number): void {
    this.#pointer = this.#devices.relative;
    this.#pointer.moveBy(deltaX, deltaY);
  }

  wheel(step: WheelStep): void {
    this.#pointer.button(WHEEL_BUTTONS[step], true);
    this.#pointer.button(WHEEL_BUTTONS[step], false);
  }

  touch(id: number, phase: TouchPhase, position: Position): void {
    this.#devices.touch.touch(id, phase, position);
  }

  async sync(limitMs: number): Promise<void> {
    const { keyboard, absolute, relative, touch } = this.#devices;
    await Promise.all([keyboard, absolute, relative, touch].map((d) => d.sync(limitMs)));
  }

  close(): void {
    const { keyboard, absolute, relative, touch } = this.#devices;
    for (const device of [keyboard, absolute, relative, touch]) device.close();
  }
}

function settled(result: PromiseSettledResult<InputtestDevice>): InputtestDevice {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}
