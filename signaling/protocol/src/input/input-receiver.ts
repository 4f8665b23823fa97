// The edge's half of the input channel (MEDIA.md section 5): from packets that are lost, doubled, late or hostile it makes each event
// exactly once, in order. Pure: no timer, no clock. What it keeps is bounded whatever a peer sends: one newest packet's state, the set
// of keys (64), buttons (5) and fingers (16) that are down, and counters.
import {
  advanceSequence,
  counterDelta,
  isNewerSequence,
  sequenceDifference,
} from './sequence-number.ts';
import { decodeInputPacket } from './packet-codec.ts';
import {
  MAX_HELD_KEYS,
  MAX_TOUCH_POINTS,
  type InputAck,
  type InputEvent,
  type InputPacket,
  type PointerState,
  type TouchPoint,
} from './packet.ts';

/** An event to inject now. `releaseAll` never comes out: it is resolved into the ups of what is held. */
export type AppliedEvent = Exclude<InputEvent, { readonly kind: 'releaseAll' }>;

/**
 * What one packet brought that is new. To inject in this order: relative motion and wheel (they happened before an event that came
 * with them), `events`, then `pointer` and `touchMoves`.
 */
export type InputUpdate = {
  /** Relative motion in picture pixels, -32768..32767; 0 when there is none. */
  readonly relativeX: number;
  readonly relativeY: number;
  /** Wheel in 1/120 notch, -32768..32767; 0 when there is none. */
  readonly wheelX: number;
  readonly wheelY: number;
  readonly events: readonly AppliedEvent[];
  /** Where the pointer goes, 0..65535 of the picture; undefined when it is there already. */
  readonly pointer: { readonly x: number; readonly y: number } | undefined;
  /** Fingers that are down and moved. */
  readonly touchMoves: readonly TouchPoint[];
};

/** What was received and refused since the start; each only rises. */
export type InputReceiverCounts = {
  /** Valid packets, all kinds below included. */
  readonly packets: number;
  readonly malformedPackets: number;
  /** Packets that came twice or after a newer one: their state is ignored. */
  readonly stalePackets: number;
  /** Packets whose events follow on events that were never seen: their events are ignored. */
  readonly outOfOrderPackets: number;
  /** Events that had been applied already: the redundancy at work. */
  readonly duplicateEvents: number;
  readonly appliedEvents: number;
  /** Events that make no sense now (a key down that is down, an up of what is not held, a finger too many). */
  readonly refusedEvents: number;
};

const NO_POINTER: PointerState = {
  x: 0,
  y: 0,
  buttons: 0,
  relativeX: 0,
  relativeY: 0,
  wheelX: 0,
  wheelY: 0,
};
const MAX_HOLD_US = 0xffff;

/** What is held down by this peer, so that everything can be let go. */
class HeldInput {
  readonly keys = new Set<number>();
  readonly buttons = new Set<number>();
  readonly touches = new Map<number, TouchPoint>();

  /** Notes the event; false when it makes no sense in this state. */
  accept(event: AppliedEvent): boolean {
    switch (event.kind) {
      case 'key':
        return this.#hold(this.keys, event.code, event.isDown, MAX_HELD_KEYS);
      case 'button':
        return this.#hold(this.buttons, event.button, event.isDown, MAX_HELD_KEYS);
      case 'touchDown':
        if (this.touches.has(event.id) || this.touches.size >= MAX_TOUCH_POINTS) return false;
        this.touches.set(event.id, { id: event.id, x: event.x, y: event.y });
        return true;
      case 'touchUp':
        return this.touches.delete(event.id);
      case 'text':
        return true;
    }
  }

  #hold(held: Set<number>, code: number, isDown: boolean, limit: number): boolean {
    if (!isDown) return held.delete(code);
    if (held.has(code) || held.size >= limit) return false;
    held.add(code);
    return true;
  }
}

/** One per peer. Not used after the peer is gone, except for releaseAll. */
export class InputReceiver {
  readonly #held = new HeldInput();
  readonly #counts = {
    packets: 0,
    malformedPackets: 0,
    stalePackets: 0,
    outOfOrderPackets: 0,
    duplicateEvents: 0,
    appliedEvents: 0,
    refusedEvents: 0,
  };
  #newest: { readonly packet: InputPacket; readonly receivedAtUs: number } | undefined;
  #appliedSequence: number;
  #pointerX = 0;
  #pointerY = 0;
  #isAckPending = false;

  /** `firstEventSequence`: the number of the page's first event, 1 but in tests of the wrap-around. */
  constructor(options?: { readonly firstEventSequence?: number }) {
    this.#appliedSequence = advanceSequence(options?.firstEventSequence ?? 1, -1);
  }

  /** A copy of the counters. */
  get counts(): InputReceiverCounts {
    return { ...this.#counts };
  }

  /** How many keys, buttons and fingers are down. */
  get heldCount(): number {
    return this.#held.keys.size + this.#held.buttons.size + this.#held.touches.size;
  }

  /** Decodes and applies; undefined for bytes that are no packet, which are counted. `nowUs`: any monotonic clock. Never throws. */
  receiveBytes(bytes: Uint8Array, nowUs: number): InputUpdate | undefined {
    const packet = decodeInputPacket(bytes);
    if (packet === undefined) {
      this.#counts.malformedPackets += 1;
      return undefined;
    }
    return this.receive(packet, nowUs);
  }

  /** Applies a packet that decodeInputPacket gave. Keeps it until a newer one comes. Never throws. */
  receive(packet: InputPacket, nowUs: number): InputUpdate {
    this.#counts.packets += 1;
    const before = this.#newest?.packet;
    const isNewer = before === undefined || isNewerSequence(packet.sequence, before.sequence);
    if (isNewer) {
      this.#newest = { packet, receivedAtUs: nowUs };
      this.#isAckPending = true;
    } else this.#counts.stalePackets += 1;
    const from = before?.pointer ?? NO_POINTER;
    const to = isNewer ? packet.pointer : from;
    const events = this.#applyEvents(packet);
    return {
      relativeX: counterDelta(to.relativeX, from.relativeX),
      relativeY: counterDelta(to.relativeY, from.relativeY),
      wheelX: counterDelta(to.wheelX, from.wheelX),
      wheelY: counterDelta(to.wheelY, from.wheelY),
      events,
      pointer: this.#movePointer(),
      touchMoves: this.#moveTouches(),
    };
  }

  /**
   * The ack to send now, or undefined when nothing came since the last one. Every newer packet asks for one, also one without news:
   * that is the page's ping. `nowUs`: the clock given to receive.
   */
  takeAck(nowUs: number): InputAck | undefined {
    if (!this.#isAckPending || this.#newest === undefined) return undefined;
    this.#isAckPending = false;
    const { packet, receivedAtUs } = this.#newest;
    const holdUs = Math.round(nowUs - receivedAtUs);
    return {
      packetSequence: packet.sequence,
      clientTimeUs: packet.clientTimeUs,
      edgeHoldUs: Math.min(Math.max(holdUs, 0), MAX_HOLD_US),
      eventSequence: this.#appliedSequence,
    };
  }

  /** Lets everything go: the ups to inject, fingers first, then buttons where the pointer is, then keys. Empty when nothing is held. */
  releaseAll(): AppliedEvent[] {
    const { keys, buttons, touches } = this.#held;
    const position = { x: this.#pointerX, y: this.#pointerY };
    const ups: AppliedEvent[] = [
      ...[...touches.values()].map((touch) => ({ kind: 'touchUp' as const, ...touch })),
      ...[...buttons].map((button) => ({
        kind: 'button' as const,
        button,
        isDown: false,
        ...position,
        isRelative: true,
      })),
      ...[...keys].map((code) => ({ kind: 'key' as const, code, isDown: false })),
    ];
    keys.clear();
    buttons.clear();
    touches.clear();
    return ups;
  }

  #applyEvents(packet: InputPacket): AppliedEvent[] {
    const next = advanceSequence(this.#appliedSequence, 1);
    const seen = sequenceDifference(next, packet.firstEventSequence);
    if (packet.events.length === 0) return [];
    if (seen < 0) {
      this.#counts.outOfOrderPackets += 1;
      return [];
    }
    this.#counts.duplicateEvents += Math.min(seen, packet.events.length);
    const fresh = packet.events.slice(seen);
    if (fresh.length > 0) this.#isAckPending = true;
    this.#appliedSequence = advanceSequence(this.#appliedSequence, fresh.length);
    return fresh.flatMap((event) => this.#applyEvent(event));
  }

  #applyEvent(event: InputEvent): AppliedEvent[] {
    if (event.kind === 'releaseAll') {
      this.#counts.appliedEvents += 1;
      return this.releaseAll();
    }
    if (!this.#held.accept(event)) {
      this.#counts.refusedEvents += 1;
      return [];
    }
    this.#counts.appliedEvents += 1;
    if (event.kind === 'button' && !event.isRelative) {
      this.#pointerX = event.x;
      this.#pointerY = event.y;
    }
    return [event];
  }

  /** A button event takes the pointer to its own place; afterwards it goes (back) to where the newest state has it. */
  #movePointer(): { x: number; y: number } | undefined {
    const target = this.#newest?.packet.pointer ?? NO_POINTER;
    if (target.x === this.#pointerX && target.y === this.#pointerY) return undefined;
    this.#pointerX = target.x;
    this.#pointerY = target.y;
    return { x: target.x, y: target.y };
  }

  #moveTouches(): TouchPoint[] {
    const moves: TouchPoint[] = [];
    for (const touch of this.#newest?.packet.touches ?? []) {
      const held = this.#held.touches.get(touch.id);
      if (held === undefined || (held.x === touch.x && held.y === touch.y)) continue;
      this.#held.touches.set(touch.id, touch);
      moves.push(touch);
    }
    return moves;
  }
}
