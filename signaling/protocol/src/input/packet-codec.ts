// Input packets and their acks: fixed layout, little-endian, pictured in PROTOCOL.md. Every valid packet has exactly one encoding, and
// bytes behind the last event are refused, so that nothing can be carried beside what is checked.
import { decodeUtf8, encodeUtf8 } from '../wire/text-codec.ts';
import {
  MAX_BUTTON,
  MAX_EVENTS_PER_PACKET,
  MAX_INPUT_PACKET_BYTES,
  MAX_KEY_CODE,
  MAX_TEXT_BYTES,
  MAX_TOUCH_ID,
  MAX_TOUCH_POINTS,
  type InputAck,
  type InputEvent,
  type InputPacket,
  type TouchPoint,
} from './packet.ts';

/** First byte of an input packet: kind and layout version in one. A changed layout takes another number. */
export const INPUT_PACKET_MAGIC = 0xe1;
/** First byte of an input ack. */
export const INPUT_ACK_MAGIC = 0xe2;
/** Bytes before the touch points. */
export const INPUT_HEADER_BYTES = 28;
export const TOUCH_POINT_BYTES = 5;
export const INPUT_ACK_BYTES = 15;

const BUTTONS_MASK = 0x1f;
const RELATIVE_FLAG = 0x80;

/** First byte of an event. */
const EVENT = {
  keyUp: 0x10,
  keyDown: 0x11,
  buttonUp: 0x20,
  buttonDown: 0x21,
  touchUp: 0x30,
  touchDown: 0x31,
  text: 0x40,
  releaseAll: 0x50,
} as const;

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Bytes that an event takes in a packet. */
export function inputEventBytes(event: InputEvent): number {
  switch (event.kind) {
    case 'key':
      return 3;
    case 'button':
    case 'touchDown':
    case 'touchUp':
      return 6;
    case 'text':
      return 2 + encodeUtf8(event.text).byteLength;
    case 'releaseAll':
      return 1;
  }
}

/** Refuses what the layout has no room for: a fault of the caller, who checks what the page gives. */
function requireUint(value: number, max: number, field: string): number {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new RangeError(`${field} must be an integer of 0..${String(max)}`);
  }
  return value;
}

class PacketWriter {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #at = 0;

  constructor(byteLength: number) {
    this.bytes = new Uint8Array(byteLength);
    this.#view = viewOf(this.bytes);
  }

  u8(value: number, max: number, field: string): void {
    this.#view.setUint8(this.#at, requireUint(value, max, field));
    this.#at += 1;
  }

  u16(value: number, field: string, max = 0xffff): void {
    this.#view.setUint16(this.#at, requireUint(value, max, field), true);
    this.#at += 2;
  }

  u32(value: number, field: string): void {
    this.#view.setUint32(this.#at, requireUint(value, 0xffff_ffff, field), true);
    this.#at += 4;
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.#at);
    this.#at += bytes.byteLength;
  }

  point(id: number, maxId: number, point: { readonly x: number; readonly y: number }): void {
    this.u8(id, maxId, 'id');
    this.u16(point.x, 'x');
    this.u16(point.y, 'y');
  }
}

function writeEvent(writer: PacketWriter, event: InputEvent): void {
  switch (event.kind) {
    case 'key':
      writer.u8(event.isDown ? EVENT.keyDown : EVENT.keyUp, 0xff, 'kind');
      if (event.code === 0) throw new RangeError('a key code is at least 1');
      writer.u16(event.code, 'code', MAX_KEY_CODE);
      return;
    case 'button': {
      writer.u8(event.isDown ? EVENT.buttonDown : EVENT.buttonUp, 0xff, 'kind');
      const button = requireUint(event.button, MAX_BUTTON, 'button');
      writer.point(button | (event.isRelative ? RELATIVE_FLAG : 0), 0xff, event);
      return;
    }
    case 'touchDown':
    case 'touchUp':
      writer.u8(event.kind === 'touchDown' ? EVENT.touchDown : EVENT.touchUp, 0xff, 'kind');
      writer.point(event.id, MAX_TOUCH_ID, event);
      return;
    case 'text': {
      const text = encodeUtf8(event.text);
      if (text.byteLength === 0) throw new RangeError('a text event holds text');
      writer.u8(EVENT.text, 0xff, 'kind');
      writer.u8(text.byteLength, MAX_TEXT_BYTES, 'text bytes');
      writer.raw(text);
      return;
    }
    case 'releaseAll':
      writer.u8(EVENT.releaseAll, 0xff, 'kind');
  }
}

function packetBytes(packet: InputPacket): number {
  const events = packet.events.reduce((sum, event) => sum + inputEventBytes(event), 0);
  return INPUT_HEADER_BYTES + packet.touches.length * TOUCH_POINT_BYTES + events;
}

/**
 * Bytes of an input packet, in a buffer of their own. Touch points are written in the order of their ids; without events
 * `firstEventSequence` is written as 0. @throws {RangeError} when a field is out of its range, a touch id is doubled or the packet is
 * over a limit: InputSender makes no such packet.
 */
export function encodeInputPacket(packet: InputPacket): Uint8Array<ArrayBuffer> {
  const byteLength = packetBytes(packet);
  if (byteLength > MAX_INPUT_PACKET_BYTES) throw new RangeError('the input packet is too large');
  const { pointer } = packet;
  const touches = packet.touches.toSorted((a, b) => a.id - b.id);
  const writer = new PacketWriter(byteLength);
  writer.u8(INPUT_PACKET_MAGIC, 0xff, 'magic');
  writer.u8(touches.length, MAX_TOUCH_POINTS, 'touches');
  writer.u8(packet.events.length, MAX_EVENTS_PER_PACKET, 'events');
  writer.u8(pointer.buttons, BUTTONS_MASK, 'buttons');
  writer.u32(packet.sequence, 'sequence');
  writer.u32(packet.clientTimeUs, 'clientTimeUs');
  writer.u16(pointer.x, 'x');
  writer.u16(pointer.y, 'y');
  writer.u16(pointer.relativeX, 'relativeX');
  writer.u16(pointer.relativeY, 'relativeY');
  writer.u16(pointer.wheelX, 'wheelX');
  writer.u16(pointer.wheelY, 'wheelY');
  writer.u32(packet.events.length === 0 ? 0 : packet.firstEventSequence, 'firstEventSequence');
  let previousId = -1;
  for (const touch of touches) {
    if (touch.id === previousId) throw new RangeError('a touch id is doubled');
    previousId = touch.id;
    writer.point(touch.id, MAX_TOUCH_ID, touch);
  }
  for (const event of packet.events) writeEvent(writer, event);
  return writer.bytes;
}

/** Reads on as long as there are bytes; what is missing is undefined, and `at` then stands behind the end. */
class PacketReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
    this.#at = at;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.byteLength;
  }

  #take(count: number): number | undefined {
    const start = this.#at;
    if (start + count > this.#bytes.byteLength) return undefined;
    this.#at = start + count;
    return start;
  }

  u8(): number | undefined {
    const at = this.#take(1);
    return at === undefined ? undefined : this.#view.getUint8(at);
  }

  u16(): number | undefined {
    const at = this.#take(2);
    return at === undefined ? undefined : this.#view.getUint16(at, true);
  }

  point(): { id: number; x: number; y: number } | undefined {
    const at = this.#take(TOUCH_POINT_BYTES);
    if (at === undefined) return undefined;
    return {
      id: this.#view.getUint8(at),
      x: this.#view.getUint16(at + 1, true),
      y: this.#view.getUint16(at + 3, true),
    };
  }

  text(): string | undefined {
    const length = this.u8();
    if (length === undefined || length === 0 || length > MAX_TEXT_BYTES) return undefined;
    const at = this.#take(length);
    return at === undefined ? undefined : decodeUtf8(this.#bytes.subarray(at, at + length));
  }
}

function readKey(reader: PacketReader, isDown: boolean): InputEvent | undefined {
  const code = reader.u16();
  if (code === undefined || code === 0 || code > MAX_KEY_CODE) return undefined;
  return { kind: 'key', code, isDown };
}

function readButton(reader: PacketReader, isDown: boolean): InputEvent | undefined {
  const point = reader.point();
  if (point === undefined) return undefined;
  const button = point.id & ~RELATIVE_FLAG;
  if (button > MAX_BUTTON) return undefined;
  const isRelative = (point.id & RELATIVE_FLAG) !== 0;
  return { kind: 'button', button, isDown, x: point.x, y: point.y, isRelative };
}

function readTouch(reader: PacketReader, kind: 'touchDown' | 'touchUp'): InputEvent | undefined {
  const point = reader.point();
  return point === undefined || point.id > MAX_TOUCH_ID ? undefined : { kind, ...point };
}

function readEvent(reader: PacketReader): InputEvent | undefined {
  const kind = reader.u8();
  switch (kind) {
    case EVENT.keyUp:
    case EVENT.keyDown:
      return readKey(reader, kind === EVENT.keyDown);
    case EVENT.buttonUp:
    case EVENT.buttonDown:
      return readButton(reader, kind === EVENT.buttonDown);
    case EVENT.touchUp:
      return readTouch(reader, 'touchUp');
    case EVENT.touchDown:
      return readTouch(reader, 'touchDown');
    case EVENT.text: {
      const text = reader.text();
      return text === undefined ? undefined : { kind: 'text', text };
    }
    case EVENT.releaseAll:
      return { kind: 'releaseAll' };
    default:
      return undefined;
  }
}

/** Touch points in strictly rising order of id: no doubled finger, one encoding. */
function readTouches(reader: PacketReader, count: number): TouchPoint[] | undefined {
  const touches: TouchPoint[] = [];
  let previousId = -1;
  for (let k = 0; k < count; k += 1) {
    const point = reader.point();
    if (point === undefined || point.id <= previousId || point.id > MAX_TOUCH_ID) return undefined;
    previousId = point.id;
    touches.push(point);
  }
  return touches;
}

function readEvents(reader: PacketReader, count: number): InputEvent[] | undefined {
  const events: InputEvent[] = [];
  for (let k = 0; k < count; k += 1) {
    const event = readEvent(reader);
    if (event === undefined) return undefined;
    events.push(event);
  }
  return events;
}

/**
 * The packet in these bytes, or undefined when they are not exactly one valid packet: the caller counts it. Copies what it keeps.
 * Never throws.
 */
export function decodeInputPacket(bytes: Uint8Array): InputPacket | undefined {
  if (bytes.byteLength < INPUT_HEADER_BYTES || bytes.byteLength > MAX_INPUT_PACKET_BYTES) {
    return undefined;
  }
  const view = viewOf(bytes);
  if (view.getUint8(0) !== INPUT_PACKET_MAGIC) return undefined;
  const touchCount = view.getUint8(1);
  const eventCount = view.getUint8(2);
  const buttons = view.getUint8(3);
  const firstEventSequence = view.getUint32(24, true);
  if (touchCount > MAX_TOUCH_POINTS || eventCount > MAX_EVENTS_PER_PACKET) return undefined;
  if (buttons > BUTTONS_MASK || (eventCount === 0 && firstEventSequence !== 0)) return undefined;
  const reader = new PacketReader(bytes, INPUT_HEADER_BYTES);
  const touches = readTouches(reader, touchCount);
  const events = touches === undefined ? undefined : readEvents(reader, eventCount);
  if (touches === undefined || events === undefined || !reader.isAtEnd) return undefined;
  return {
    sequence: view.getUint32(4, true),
    clientTimeUs: view.getUint32(8, true),
    pointer: {
      x: view.getUint16(12, true),
      y: view.getUint16(14, true),
      buttons,
      relativeX: view.getUint16(16, true),
      relativeY: view.getUint16(18, true),
      wheelX: view.getUint16(20, true),
      wheelY: view.getUint16(22, true),
    },
    touches,
    firstEventSequence,
    events,
  };
}

/** The 15 bytes of an ack, in a buffer of their own. @throws {RangeError} when a field is out of its range. */
export function encodeInputAck(ack: InputAck): Uint8Array<ArrayBuffer> {
  const writer = new PacketWriter(INPUT_ACK_BYTES);
  writer.u8(INPUT_ACK_MAGIC, 0xff, 'magic');
  writer.u16(ack.edgeHoldUs, 'edgeHoldUs');
  writer.u32(ack.packetSequence, 'packetSequence');
  writer.u32(ack.clientTimeUs, 'clientTimeUs');
  writer.u32(ack.eventSequence, 'eventSequence');
  return writer.bytes;
}

/** The ack in these bytes, or undefined when they are none. Never throws. */
export function decodeInputAck(bytes: Uint8Array): InputAck | undefined {
  if (bytes.byteLength !== INPUT_ACK_BYTES) return undefined;
  const view = viewOf(bytes);
  if (view.getUint8(0) !== INPUT_ACK_MAGIC) return undefined;
  return {
    edgeHoldUs: view.getUint16(1, true),
    packetSequence: view.getUint32(3, true),
    clientTimeUs: view.getUint32(7, true),
    eventSequence: view.getUint32(11, true),
  };
}
