// Contract of the input packet (MEDIA.md section 5). The byte layout and the codec stand in this folder; PROTOCOL.md has the picture.

/** Buttons as bits of `PointerState.buttons`: 1 left, 2 middle, 4 right, 8 back, 16 forward. */
export type PointerState = {
  /** Position in the picture, 0..65535 on each axis. */
  readonly x: number;
  readonly y: number;
  readonly buttons: number;
  /** Cumulative wrapping counters (uint16): relative motion in picture pixels. */
  readonly relativeX: number;
  readonly relativeY: number;
  /** Cumulative wrapping counters (uint16): wheel in 1/120 notch. */
  readonly wheelX: number;
  readonly wheelY: number;
};

/** A finger that is down now. `id` 0..31 is chosen by the page and free again after touchUp. */
export type TouchPoint = { readonly id: number; readonly x: number; readonly y: number };

/** Discrete events; each has a sequence number of its own (uint32, from 1, without gaps) and is applied exactly once, in order. */
export type InputEvent =
  /** `code` is the Linux evdev key code of KeyboardEvent.code (physical key), 1..767. */
  | { readonly kind: 'key'; readonly code: number; readonly isDown: boolean }
  /** `button` 0 left, 1 middle, 2 right, 3 back, 4 forward; at an absolute position (0..65535). */
  | {
      readonly kind: 'button';
      readonly button: number;
      readonly isDown: boolean;
      readonly x: number;
      readonly y: number;
      readonly isRelative: boolean;
    }
  | { readonly kind: 'touchDown'; readonly id: number; readonly x: number; readonly y: number }
  | { readonly kind: 'touchUp'; readonly id: number; readonly x: number; readonly y: number }
  /** Committed text, at most 64 UTF-8 bytes an event (longer text is split by the page). */
  | { readonly kind: 'text'; readonly text: string }
  /** Everything held is released (blur, pointercancel, hidden page). */
  | { readonly kind: 'releaseAll' };

/** One packet: newest state and every event not yet acknowledged (bounded by MAX_EVENTS_PER_PACKET). */
export type InputPacket = {
  /** Packet number, uint32, wraps. */
  readonly sequence: number;
  /** The page's monotonic clock (performance.now), us, uint32, wraps. */
  readonly clientTimeUs: number;
  readonly pointer: PointerState;
  /** Newest positions of all fingers down. */
  readonly touches: readonly TouchPoint[];
  /** Sequence number of events[0]; meaningless when there is none. */
  readonly firstEventSequence: number;
  readonly events: readonly InputEvent[];
};

/** Telemetry, edge to page: acknowledges input. Sent for every packet that brought something new, and for pings. */
export type InputAck = {
  /** Newest packet sequence seen. */
  readonly packetSequence: number;
  /** Its clientTimeUs, echoed: RTT = now - this - edgeHoldUs. */
  readonly clientTimeUs: number;
  /** Time between receiving the packet and sending this, us (0..65535, capped). */
  readonly edgeHoldUs: number;
  /** Every event up to this sequence was applied. */
  readonly eventSequence: number;
};

export const MAX_EVENTS_PER_PACKET = 32;
export const MAX_TOUCH_POINTS = 16;
export const MAX_TEXT_BYTES = 64;
export const MAX_INPUT_PACKET_BYTES = 1100;
/** Largest evdev code that a key event carries: KEY_MAX of Linux input-event-codes.h. */
export const MAX_KEY_CODE = 767;
/** Largest mouse button: forward. */
export const MAX_BUTTON = 4;
/** Largest id of a finger. */
export const MAX_TOUCH_ID = 31;
/** Keys that one peer can hold down at once; a further key down is refused (chosen: more than a pair of hands has fingers). */
export const MAX_HELD_KEYS = 64;
/** Events that a page keeps until they are acknowledged; beyond it everything is released (chosen: 4 s of very fast typing). */
export const MAX_PENDING_EVENTS = 256;
