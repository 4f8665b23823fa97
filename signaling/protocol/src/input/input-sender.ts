// The page's half of the input channel (MEDIA.md section 5). Pure: the caller feeds it what the player does, asks nextSendAtMs when the
// next packet is due, sends packet() then, and hands it the acks. Events stay until they are acknowledged; at most MAX_PENDING_EVENTS
// do. What would not fit is dropped and everything held is released instead, so that no key can stick.
import {
  advanceCounter,
  advanceSequence,
  isNewerSequence,
  sequenceDifference,
} from './sequence-number.ts';
import { inputEventBytes, INPUT_HEADER_BYTES, TOUCH_POINT_BYTES } from './packet-codec.ts';
import {
  MAX_BUTTON,
  MAX_EVENTS_PER_PACKET,
  MAX_INPUT_PACKET_BYTES,
  MAX_KEY_CODE,
  MAX_PENDING_EVENTS,
  MAX_TOUCH_ID,
  MAX_TOUCH_POINTS,
  type InputAck,
  type InputEvent,
  type InputPacket,
  type PointerState,
  type TouchPoint,
} from './packet.ts';
import { afterSend, UNSENT, type SendSlot } from './send-schedule.ts';
import { splitText } from './text-pieces.ts';

const MAX_POSITION = 0xffff;
const UINT32_SPAN = 2 ** 32;
const EVENT_BUDGET_BYTES =
  MAX_INPUT_PACKET_BYTES - INPUT_HEADER_BYTES - MAX_TOUCH_POINTS * TOUCH_POINT_BYTES;
const DEFAULT_REFRESH_INTERVAL_MS = 1000 / 60;
/** Least time between two packets that carry nothing but motion, ms. Chosen: a mouse reports up to 1000 times a second. */
const MOTION_SPACING_MS = 2;
/** Longer than this is no round trip but a broken ack. */
const MAX_RTT_MS = 60_000;

type PendingEvent = { readonly event: InputEvent; readonly bytes: number; slot: SendSlot };
type ButtonEvent = Extract<InputEvent, { readonly kind: 'button' }>;

/** What went wrong since the start; each only rises. */
export type InputSenderCounts = {
  /** Times that the events not acknowledged reached the bound and everything was released. */
  readonly overflows: number;
  readonly droppedEvents: number;
  /** Texts refused whole, because their pieces would not have fitted. */
  readonly droppedTexts: number;
  /** Acks of what was never sent. */
  readonly invalidAcks: number;
};

/** Nearest position in 0..65535; a value that is no number is 0. */
function position(value: number): number {
  return Number.isNaN(value) ? 0 : Math.round(Math.min(Math.max(value, 0), MAX_POSITION));
}

function isWithin(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}

/** A counter of whole steps that keeps the fractions of what is added for the next time. */
class WrappingCounter {
  #restSteps = 0;
  value = 0;

  /** Whether the counter moved. `steps` beyond +-32767 are cut: more has no direction on the wire. */
  add(steps: number): boolean {
    if (!Number.isFinite(steps)) return false;
    const sum = this.#restSteps + Math.min(Math.max(steps, -0x7fff), 0x7fff);
    const whole = Math.trunc(sum);
    this.#restSteps = sum - whole;
    this.value = advanceCounter(this.value, whole);
    return whole !== 0;
  }
}

/**
 * One per peer connection. Every position is 0..65535 of the picture. Methods that take an event return false, and do nothing, when
 * it is out of range, makes no sense now (a key down that is down: the browser's repeat) or does not fit.
 */
export class InputSender {
  readonly #refreshIntervalMs: number;
  readonly #pending: PendingEvent[] = [];
  readonly #heldKeys = new Set<number>();
  readonly #touches = new Map<number, TouchPoint>();
  readonly #relativeX = new WrappingCounter();
  readonly #relativeY = new WrappingCounter();
  readonly #wheelX = new WrappingCounter();
  readonly #wheelY = new WrappingCounter();
  readonly #counts = { overflows: 0, droppedEvents: 0, droppedTexts: 0, invalidAcks: 0 };
  #x = 0;
  #y = 0;
  #buttons = 0;
  #isOverflowing = false;
  #packetSequence: number;
  /** Sequence number of the oldest pending event, or of the next event when there is none. */
  #firstPendingSequence: number;
  #lastPacketAtMs = Number.NEGATIVE_INFINITY;
  /** `changed`: not sent yet; a number: the first packet that carried the newest state; undefined: acknowledged. */
  #stateSentIn: 'changed' | number | undefined;

  /** `refreshIntervalMs`: of the page's screen. The two numbers are for tests of the wrap-around. */
  constructor(options?: {
    readonly refreshIntervalMs?: number;
    readonly firstPacketSequence?: number;
    readonly firstEventSequence?: number;
  }) {
    this.#refreshIntervalMs = options?.refreshIntervalMs ?? DEFAULT_REFRESH_INTERVAL_MS;
    this.#packetSequence = advanceSequence(options?.firstPacketSequence ?? 1, -1);
    this.#firstPendingSequence = options?.firstEventSequence ?? 1;
  }

  /** A copy of the counters. */
  get counts(): InputSenderCounts {
    return { ...this.#counts };
  }

  /** Events not acknowledged, 0..MAX_PENDING_EVENTS. */
  get pendingEvents(): number {
    return this.#pending.length;
  }

  /** Absolute pointer position; rounded and brought into the picture. */
  movePointer(x: number, y: number): void {
    const next = { x: position(x), y: position(y) };
    if (next.x === this.#x && next.y === this.#y) return;
    this.#x = next.x;
    this.#y = next.y;
    this.#stateSentIn = 'changed';
  }

  /** Relative motion in picture pixels; fractions add up. */
  moveRelative(dx: number, dy: number): void {
    const [hasX, hasY] = [this.#relativeX.add(dx), this.#relativeY.add(dy)];
    if (hasX || hasY) this.#stateSentIn = 'changed';
  }

  /** Wheel in 1/120 notch, positive to the right and down; fractions add up. */
  wheel(dx: number, dy: number): void {
    const [hasX, hasY] = [this.#wheelX.add(dx), this.#wheelY.add(dy)];
    if (hasX || hasY) this.#stateSentIn = 'changed';
  }

  /** A physical key by evdev code (EVDEV_KEY_CODES), 1..767. */
  key(code: number, isDown: boolean): boolean {
    if (!isWithin(code, 1, MAX_KEY_CODE) || this.#heldKeys.has(code) === isDown) return false;
    if (!this.#queue({ kind: 'key', code, isDown })) return false;
    if (isDown) this.#heldKeys.add(code);
    else this.#heldKeys.delete(code);
    return true;
  }

  /** A mouse button 0..4. `isRelative`: the pointer is locked, so the position says nothing. */
  button(event: Omit<ButtonEvent, 'kind'>): boolean {
    if (!isWithin(event.button, 0, MAX_BUTTON)) return false;
    const bit = 1 << event.button;
    if (((this.#buttons & bit) !== 0) === event.isDown) return false;
    const { button, isDown, isRelative } = event;
    const place = { x: position(event.x), y: position(event.y) };
    if (!this.#queue({ kind: 'button', button, isDown, ...place, isRelative })) return false;
    if (!isRelative) this.movePointer(place.x, place.y);
    this.#buttons ^= bit;
    return true;
  }

  /** A finger comes down; `id` 0..31 that is free. */
  touchDown(point: TouchPoint): boolean {
    const { id } = point;
    if (!isWithin(id, 0, MAX_TOUCH_ID) || this.#touches.has(id)) return false;
    if (this.#touches.size >= MAX_TOUCH_POINTS) return false;
    const place = { id, x: position(point.x), y: position(point.y) };
    if (!this.#queue({ kind: 'touchDown', ...place })) return false;
    this.#touches.set(id, place);
    return true;
  }

  /** A finger that is down moves. */
  touchMove(point: TouchPoint): boolean {
    const before = this.#touches.get(point.id);
    if (before === undefined) return false;
    const place = { id: point.id, x: position(point.x), y: position(point.y) };
    if (place.x === before.x && place.y === before.y) return true;
    this.#touches.set(point.id, place);
    this.#stateSentIn = 'changed';
    return true;
  }

  /** A finger goes up; its id is free again. */
  touchUp(point: TouchPoint): boolean {
    if (!this.#touches.has(point.id)) return false;
    const place = { id: point.id, x: position(point.x), y: position(point.y) };
    if (!this.#queue({ kind: 'touchUp', ...place })) return false;
    this.#touches.delete(point.id);
    return true;
  }

  /** Committed text of any length; refused whole when its pieces do not fit. Lone surrogates become U+FFFD. */
  text(text: string): boolean {
    const pieces = splitText(text);
    // One place stays free for the releaseAll of an overflow.
    if (this.#pending.length + pieces.length > MAX_PENDING_EVENTS - 1) {
      this.#counts.droppedTexts += 1;
      return false;
    }
    for (const piece of pieces) this.#queue({ kind: 'text', text: piece });
    return true;
  }

  /** Everything held is released, here and at the edge: blur, pointercancel, hidden page. */
  releaseAll(): void {
    this.#forgetHeld();
    this.#queue({ kind: 'releaseAll' });
  }

  /**
   * The packet to send now; counts as sent. May be called at any time: without news it is a ping, which is acknowledged too.
   * `nowUs`: performance.now() * 1000.
   */
  packet(nowUs: number): InputPacket {
    const nowMs = nowUs / 1000;
    const carried = this.#carried();
    for (const pending of carried) {
      pending.slot = afterSend(pending.slot, nowMs, this.#refreshIntervalMs);
    }
    this.#packetSequence = advanceSequence(this.#packetSequence, 1);
    this.#lastPacketAtMs = nowMs;
    if (this.#stateSentIn === 'changed') this.#stateSentIn = this.#packetSequence;
    return {
      sequence: this.#packetSequence,
      clientTimeUs: advanceSequence(Math.round(nowUs), 0),
      pointer: this.#pointer(),
      // While events wait for room, the newest positions may belong to fingers that the edge has not seen come down.
      touches: carried.length === this.#pending.length ? this.#sortedTouches() : [],
      firstEventSequence: carried.length === 0 ? 0 : this.#firstPendingSequence,
      events: carried.map(({ event }) => event),
    };
  }

  /** Takes an ack of the edge. One of what was never sent is counted and ignored. */
  onAck(ack: InputAck): void {
    const count = sequenceDifference(ack.eventSequence, this.#firstPendingSequence) + 1;
    const firstUnsent = this.#pending.findIndex(({ slot }) => slot.sentCopies === 0);
    const sent = firstUnsent === -1 ? this.#pending.length : firstUnsent;
    if (count > sent || isNewerSequence(ack.packetSequence, this.#packetSequence)) {
      this.#counts.invalidAcks += 1;
      return;
    }
    if (count > 0) {
      this.#pending.splice(0, count);
      this.#firstPendingSequence = advanceSequence(this.#firstPendingSequence, count);
    }
    const carrier = this.#stateSentIn;
    if (typeof carrier === 'number' && !isNewerSequence(carrier, ack.packetSequence)) {
      this.#stateSentIn = undefined;
    }
  }

  /** When packet() should next be called, in ms of performance.now(), never before `nowMs`; undefined when there is nothing to say. */
  nextSendAtMs(nowMs: number): number | undefined {
    const dueAtMs = this.#carried().map(({ slot }) => slot.dueAtMs);
    if (this.#stateSentIn === 'changed') dueAtMs.push(this.#lastPacketAtMs + MOTION_SPACING_MS);
    else if (this.#stateSentIn !== undefined) {
      dueAtMs.push(this.#lastPacketAtMs + this.#refreshIntervalMs);
    }
    return dueAtMs.length === 0 ? undefined : Math.max(nowMs, Math.min(...dueAtMs));
  }

  #queue(event: InputEvent): boolean {
    if (this.#pending.length >= MAX_PENDING_EVENTS - 1) {
      this.#counts.droppedEvents += 1;
      if (!this.#isOverflowing) this.#overflow();
      return false;
    }
    this.#isOverflowing = false;
    this.#push(event);
    return true;
  }

  /** The last place is for this: whatever was down is released at the edge, and what was dropped cannot have stuck. */
  #overflow(): void {
    this.#isOverflowing = true;
    this.#counts.overflows += 1;
    this.#forgetHeld();
    this.#push({ kind: 'releaseAll' });
  }

  #push(event: InputEvent): void {
    this.#pending.push({ event, bytes: inputEventBytes(event), slot: UNSENT });
  }

  #forgetHeld(): void {
    this.#heldKeys.clear();
    this.#touches.clear();
    this.#buttons = 0;
  }

  /** The oldest pending events, as many as a packet takes. */
  #carried(): PendingEvent[] {
    const carried: PendingEvent[] = [];
    let bytes = 0;
    for (const pending of this.#pending) {
      bytes += pending.bytes;
      if (carried.length === MAX_EVENTS_PER_PACKET || bytes > EVENT_BUDGET_BYTES) break;
      carried.push(pending);
    }
    return carried;
  }

  #pointer(): PointerState {
    return {
      x: this.#x,
      y: this.#y,
      buttons: this.#buttons,
      relativeX: this.#relativeX.value,
      relativeY: this.#relativeY.value,
      wheelX: this.#wheelX.value,
      wheelY: this.#wheelY.value,
    };
  }

  #sortedTouches(): TouchPoint[] {
    return [...this.#touches.values()].toSorted((a, b) => a.id - b.id);
  }
}

/** Round trip of the packet that the ack names, without the time at the edge, in ms; undefined when the ack cannot be right. */
export function inputRttMs(ack: InputAck, nowUs: number): number | undefined {
  const elapsedUs =
    (advanceSequence(Math.round(nowUs), 0) - ack.clientTimeUs + UINT32_SPAN) % UINT32_SPAN;
  const rttMs = (elapsedUs - ack.edgeHoldUs) / 1000;
  return rttMs >= 0 && rttMs <= MAX_RTT_MS ? rttMs : undefined;
}
