// When an event that is not yet acknowledged is due (MEDIA.md section 5): at once, again 4 and 8 ms after its first packet, then once
// per refresh. Two early copies hide the loss of a packet within 8 ms; later ones survive a black-out without a flood.

/** Spacing of the two early copies, ms. */
const REPEAT_SPACING_MS = 4;
/** A packet this much early counts for a copy that is due: timers fire on whole milliseconds. */
const TIMER_TOLERANCE_MS = 1;

/** Copies sent so far and when the next one is due; -Infinity: at once. */
export type SendSlot = {
  readonly sentCopies: number;
  readonly firstSentAtMs: number;
  readonly dueAtMs: number;
};

/** An event that was never sent. */
export const UNSENT: SendSlot = Object.freeze({
  sentCopies: 0,
  firstSentAtMs: 0,
  dueAtMs: Number.NEGATIVE_INFINITY,
});

/** The slot after a packet that carries the event left at `nowMs`. */
export function afterSend(slot: SendSlot, nowMs: number, refreshIntervalMs: number): SendSlot {
  const { sentCopies, firstSentAtMs, dueAtMs } = slot;
  if (sentCopies === 0) {
    return { sentCopies: 1, firstSentAtMs: nowMs, dueAtMs: nowMs + REPEAT_SPACING_MS };
  }
  if (sentCopies >= 3) return { ...slot, dueAtMs: nowMs + refreshIntervalMs };
  // A packet for another event's sake, ahead of this one's copy, does not count as that copy.
  if (nowMs < dueAtMs - TIMER_TOLERANCE_MS) return slot;
  if (sentCopies === 2) return { sentCopies: 3, firstSentAtMs, dueAtMs: nowMs + refreshIntervalMs };
  // After a late timer the copies keep their distance, so that one burst of loss does not take both.
  const onTimeMs = firstSentAtMs + 2 * REPEAT_SPACING_MS;
  const dueNextMs = Math.max(onTimeMs, nowMs + REPEAT_SPACING_MS - TIMER_TOLERANCE_MS);
  return { sentCopies: 2, firstSentAtMs, dueAtMs: dueNextMs };
}
