// What a session host says is checked before the agent acts on it: the host is less trusted than the agent (it parses a player's packets).
import { createTokenBucket } from '@perigee/kit';
import * as v from 'valibot';
import { ERROR_CODES, type ErrorCode, type PeerId } from '@perigee/protocol';
import type { HostToAgent } from '../session/ipc.ts';

const text = (maxLength: number) => v.pipe(v.string(), v.maxLength(maxLength));
const finite = v.pipe(v.number(), v.finite());
const peerId = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9_-]{1,64}$/),
  v.transform((s) => s as PeerId),
);
const code = v.picklist(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]);

const schema = v.variant('type', [
  v.object({
    type: v.literal('ready'),
    encoder: text(60),
    rejected: v.pipe(v.array(text(400)), v.maxLength(16)),
    otherCodecs: v.pipe(v.array(text(60)), v.maxLength(8)),
  }),
  v.object({
    type: v.literal('taken'),
    resolution: v.object({ width: finite, height: finite }),
  }),
  v.object({ type: v.literal('offer'), peerId, sdp: text(48 * 1024) }),
  v.object({
    type: v.literal('candidate'),
    peerId,
    candidate: text(1024),
    sdpMid: v.nullable(text(16)),
    sdpMLineIndex: v.nullable(v.pipe(finite, v.integer(), v.minValue(0), v.maxValue(15))),
  }),
  v.object({
    type: v.literal('peerState'),
    peerId,
    state: v.picklist(['connected', 'disconnected', 'closed', 'failed']),
  }),
  v.object({ type: v.literal('drew') }),
  v.object({
    type: v.literal('stats'),
    rttMs: v.nullable(v.pipe(finite, v.minValue(0), v.maxValue(60_000))),
    framesPerSecond: v.pipe(finite, v.minValue(0), v.maxValue(1000)),
    bitrateBps: v.pipe(finite, v.minValue(0), v.maxValue(1e10)),
    malformedPackets: v.pipe(finite, v.minValue(0)),
  }),
  v.object({ type: v.literal('fatal'), code, detail: text(2000) }),
]);

/** @returns the message, or undefined when it has no known shape (the caller counts it). Never throws. */
export function parseHostMessage(input: unknown): HostToAgent | undefined {
  const result = v.safeParse(schema, input);
  return result.success ? result.output : undefined;
}

/** A host says about one message a second, and up to 64 candidates for each peer (chosen: several players taking over at once fit). */
const MAX_BURST_MESSAGES = 500;
const MAX_MESSAGES_PER_SECOND = 50;

export type HostInboxEvents = {
  readonly onMessage: (message: HostToAgent) => void;
  readonly onMalformed: () => void;
  readonly onFlood: () => void;
};

/** What one session host says: checked, counted and limited. */
export class HostInbox {
  readonly #events: HostInboxEvents;
  readonly #nowMs: () => number;
  readonly #bucket = createTokenBucket({
    capacity: MAX_BURST_MESSAGES,
    refillPerSecond: MAX_MESSAGES_PER_SECOND,
  });
  #isFlooded = false;

  /** `onFlood` is called once; nothing is passed on after it, and the owner ends the host. */
  constructor(events: HostInboxEvents, nowMs: () => number) {
    this.#events = events;
    this.#nowMs = nowMs;
  }

  /** Handles one message of the IPC channel. */
  receive(input: unknown): void {
    if (this.#isFlooded) return;
    if (!this.#bucket.take(this.#nowMs())) {
      this.#isFlooded = true;
      this.#events.onFlood();
      return;
    }
    const message = parseHostMessage(input);
    if (message === undefined) this.#events.onMalformed();
    else this.#events.onMessage(message);
  }
}
