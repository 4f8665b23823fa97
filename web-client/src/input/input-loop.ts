// Drives an InputSender: a new event leaves within the handler of the browser's event, its copies by timer. Never by
// requestAnimationFrame: that would wait up to a refresh, and stops in a hidden page.
import { encodeInputPacket, InputSender } from '@perigee/protocol';
import type { InputSink } from './input-sink.ts';

export type InputLoopOptions = {
  /** performance.now(), ms. */
  readonly nowMs: () => number;
  readonly setTimer: (delayMs: number, run: () => void) => () => void;
  readonly refreshIntervalMs: number;
  /** Whether the edge owes an acknowledgement: then pings follow one another faster, to tell a lost packet from a broken path. */
  readonly isAnswerOverdue: () => boolean;
};

/** Sends one packet on the channel of the current peer; false: not possible now. */
export type SendPacket = (bytes: Uint8Array<ArrayBuffer>) => boolean;

export type InputLoop = InputSink & {
  /** A new peer: a new sender, because the edge counts from 1 again. `undefined`: nobody listens, input is dropped. */
  readonly connect: (send: SendPacket | undefined) => void;
  /** The sender of the current peer, to hand it the acknowledgements. */
  readonly sender: () => InputSender;
  readonly close: () => void;
};

/** Without news a packet leaves this often, so that the RTT on the overlay stays fresh. Chosen. */
const PING_INTERVAL_MS = 1_000;
/** The same while an answer is owed. Chosen: above nearly every RTT. */
const OVERDUE_PING_INTERVAL_MS = 250;
/** Wait while the channel does not take packets. */
const BLOCKED_RETRY_MS = 20;

/** Makes a loop that drops everything until it is connected. */
export function createInputLoop({
  nowMs,
  setTimer,
  refreshIntervalMs,
  isAnswerOverdue,
}: InputLoopOptions): InputLoop {
  let sender = new InputSender({ refreshIntervalMs });
  let send: SendPacket | undefined;
  let cancel: (() => void) | undefined;
  let lastSentAtMs = 0;

  const pingIntervalMs = (): number =>
    isAnswerOverdue() ? OVERDUE_PING_INTERVAL_MS : PING_INTERVAL_MS;
  const sendOne = (atMs: number): boolean => {
    lastSentAtMs = atMs;
    return send?.(encodeInputPacket(sender.packet(atMs * 1000))) ?? false;
  };
  const schedule = (delayMs: number): void => {
    cancel = setTimer(delayMs, pump);
  };
  function pump(): void {
    cancel?.();
    cancel = undefined;
    if (send === undefined) return;
    const atMs = nowMs();
    const dueAtMs = sender.nextSendAtMs(atMs);
    const isPingDue = atMs - lastSentAtMs >= pingIntervalMs();
    if (isPingDue || (dueAtMs !== undefined && dueAtMs <= atMs)) {
      if (!sendOne(atMs)) {
        schedule(BLOCKED_RETRY_MS);
        return;
      }
    }
    const nextAtMs = sender.nextSendAtMs(atMs) ?? lastSentAtMs + pingIntervalMs();
    schedule(Math.max(0, nextAtMs - atMs));
  }
  return {
    connect: (next) => {
      send = next;
      sender = new InputSender({ refreshIntervalMs });
      pump();
    },
    sender: () => sender,
    flush: pump,
    key: (code, isDown) => sender.key(code, isDown),
    button: (event) => sender.button(event),
    movePointer: (x, y) => {
      sender.movePointer(x, y);
    },
    moveRelative: (deltaX, deltaY) => {
      sender.moveRelative(deltaX, deltaY);
    },
    wheel: (deltaX, deltaY) => {
      sender.wheel(deltaX, deltaY);
    },
    touchDown: (point) => sender.touchDown(point),
    touchMove: (point) => sender.touchMove(point),
    touchUp: (point) => sender.touchUp(point),
    text: (text) => sender.text(text),
    releaseAll: () => {
      sender.releaseAll();
    },
    close: () => {
      send = undefined;
      cancel?.();
    },
  };
}
