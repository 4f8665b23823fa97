import { createConnection, type Socket } from 'node:net';
import { clampAxis, type Position, type TouchPhase } from './injector.ts';

/** Message types of inputtestdrv protocol 1.1 (xserver hw/xfree86/drivers/inputtest/xf86-input-inputtest-protocol.h, 21.1). */
const MESSAGE = { version: 0, sync: 1, motion: 2, button: 4, key: 5, touch: 6 } as const;
const TOUCH_TYPE: Readonly<Record<TouchPhase, number>> = { down: 18, move: 19, up: 20 };
const HEADER_BYTES = 8;
const KEY_BYTES = 16;
const TOUCH_BYTES = 1056;
const MOTION_BYTES = 1056;
const BUTTON_BYTES = 1064;
/** Valuators: has_unaccelerated (4), mask (8), padding (4), value[64], unaccelerated[64]. */
const MASK_AT = 4;
const VALUES_AT = 16;
/** Half of the driver's pressure axis (0..2047): a firm finger. */
const PRESSURE = 1024;
const PRESSURE_AXIS = 4;
const PROTOCOL_MAJOR = 1;
/** A server that reads no more than this is stuck: further input is dropped, not kept (250 touches). */
const MAX_BACKLOG_BYTES = 256 * 1024;
/** The driver answers with 8 or 12 bytes. */
const MAX_REPLY_BYTES = 64;

export class InputDeviceError extends Error {
  readonly code = 'input-device-failed';
  readonly retryable = false;

  constructor(detail: string, cause?: unknown) {
    super(`input device: ${detail}`, { cause });
    this.name = 'InputDeviceError';
  }
}

type Waiter = { readonly type: number; readonly done: (isAnswered: boolean) => void };

/**
 * Client of one device of Xorg's `inputtest` driver: little-endian structs of the C ABI on a unix socket.
 *
 * ```
 * header  u32 length, u32 type
 * version header, u16 major, u16 minor     sync  header       (both are answered with the same struct)
 * key     header, i32 keycode, u32 press
 * motion  header, u32 absolute, pad 4, valuators              valuators at 16
 * button  header, u32 absolute, i32 button, u32 press, pad 4, valuators at 24
 * touch   header, u32 id, u32 type, valuators                 valuators at 16; axes 0 x, 1 y: 0..65535, 4 pressure
 * ```
 * One connection for the session: the driver does not notice when its client leaves, spins and takes no new client (PHONE.md section 3).
 */
export class InputtestDevice {
  readonly #socket: Socket;
  readonly #waiters: Waiter[] = [];
  #pending: Buffer = Buffer.alloc(0);
  #droppedEvents = 0;
  #isOpen = true;

  /** Connects and agrees on the protocol. @throws {InputDeviceError} */
  static async connect(socketPath: string, limitMs: number): Promise<InputtestDevice> {
    const device = new InputtestDevice(createConnection(socketPath));
    const hello = Buffer.alloc(12);
    hello.writeUInt16LE(PROTOCOL_MAJOR, 8);
    const isAnswered = await device.#ask(MESSAGE.version, hello, limitMs);
    if (!isAnswered) {
      device.close();
      throw new InputDeviceError('no answer');
    }
    return device;
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes) => {
      this.#onData(bytes);
    });
    socket.on('error', () => {
      this.close();
    });
    socket.on('close', () => {
      this.close();
    });
  }

  get droppedEvents(): number {
    return this.#droppedEvents;
  }

  key(keycode: number, isDown: boolean): void {
    const message = Buffer.alloc(KEY_BYTES);
    message.writeInt32LE(keycode, 8);
    message.writeUInt32LE(isDown ? 1 : 0, 12);
    this.#post(MESSAGE.key, message);
  }

  /** `button`: X button number. */
  button(button: number, isDown: boolean): void {
    const message = Buffer.alloc(BUTTON_BYTES);
    message.writeInt32LE(button, 12);
    message.writeUInt32LE(isDown ? 1 : 0, 16);
    this.#post(MESSAGE.button, message);
  }

  moveTo(position: Position): void {
    const message = Buffer.alloc(MOTION_BYTES);
    message.writeUInt32LE(1, 8);
    setAxis(message, 0, clampAxis(position.x));
    setAxis(message, 1, clampAxis(position.y));
    this.#post(MESSAGE.motion, message);
  }

  moveBy(deltaX: number, deltaY: number): void {
    const message = Buffer.alloc(MOTION_BYTES);
    setAxis(message, 0, deltaX);
    setAxis(message, 1, deltaY);
    this.#post(MESSAGE.motion, message);
  }

  touch(id: number, phase: TouchPhase, position: Position): void {
    const message = Buffer.alloc(TOUCH_BYTES);
    message.writeUInt32LE(id, 8);
    message.writeUInt32LE(TOUCH_TYPE[phase], 12);
    setAxis(message, 0, clampAxis(position.x));
    setAxis(message, 1, clampAxis(position.y));
    setAxis(message, PRESSURE_AXIS, PRESSURE);
    this.#post(MESSAGE.touch, message);
  }

  /** Resolves true when the server has handled everything before it; false after `limitMs` or when the device is gone. */
  sync(limitMs: number): Promise<boolean> {
    return this.#ask(MESSAGE.sync, Buffer.alloc(HEADER_BYTES), limitMs);
  }

  /** Idempotent. Waiting calls resolve false. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#socket.destroy();
    for (const waiter of this.#waiters.splice(0)) waiter.done(false);
  }

  #post(type: number, message: Buffer): boolean {
    if (!this.#isOpen || this.#socket.writableLength > MAX_BACKLOG_BYTES) {
      this.#droppedEvents += 1;
      return false;
    }
    message.writeUInt32LE(message.length, 0);
    message.writeUInt32LE(type, 4);
    this.#socket.write(message);
    return true;
  }

  #ask(type: number, message: Buffer, limitMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      if (!this.#post(type, message)) {
        resolve(false);
        return;
      }
      const timer = setTimeout(() => {
        resolve(false); // the waiter stays: its answer may still come and must not be taken for a later one
      }, limitMs);
      this.#waiters.push({
        type,
        done: (isAnswered) => {
          clearTimeout(timer);
          resolve(isAnswered);
        },
      });
    });
  }

  #onData(bytes: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, bytes]);
    while (this.#pending.length >= HEADER_BYTES) {
      const length = this.#pending.readUInt32LE(0);
      if (length < HEADER_BYTES || length > MAX_REPLY_BYTES) {
        this.close();
        return;
      }
      if (this.#pending.length < length) return;
      const type = this.#pending.readUInt32LE(4);
      const isCompatible = type !== MESSAGE.version || this.#isOurVersion(length);
      this.#pending = this.#pending.subarray(length);
      const waiter = this.#waiters.shift();
      waiter?.done(waiter.type === type && isCompatible);
    }
  }

  #isOurVersion(length: number): boolean {
    return length >= 12 && this.#pending.readUInt16LE(8) === PROTOCOL_MAJOR;
  }
}

function setAxis(message: Buffer, axis: number, value: number): void {
  const at = message.length - 1040;
  const byte = at + MASK_AT + (axis >> 3);
  message[byte] = (message[byte] ?? 0) | (1 << (axis & 7));
  message.writeDoubleLE(value, at + VALUES_AT + axis * 8);
}
