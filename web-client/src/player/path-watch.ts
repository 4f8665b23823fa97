// Notices within seconds that nothing comes back from the edge any more; the browser itself takes 5 s to 7 s. A still picture brings no
// frames, so what counts is whether pings are answered.

/** Chosen: longer than a phone's change of cell or a pause of a busy machine usually takes. */
const SILENCE_LIMIT_MS = 3_000;
/** Chosen: at 20 % loss each way that many unanswered packets in a row come up once in 10^4 quiet spells, not once a minute. */
const MIN_UNANSWERED = 6;

export type PathWatch = {
  /** A new peer: nothing is expected before its first sign. */
  readonly reset: () => void;
  /** A packet that the edge acknowledges was handed to the network. */
  readonly sent: () => void;
  /** Something came from the edge. */
  readonly heard: () => void;
  /** Whether the last packet has had no answer yet. */
  readonly isWaiting: () => boolean;
  /**
   * Whether the path counts as broken: no sign for 3 s although enough was sent. A page that was asleep sent nothing, so it must first ask.
   */
  readonly isSilent: () => boolean;
};

/** Makes a watch; `nowMs` is a monotonic clock. */
export function createPathWatch(nowMs: () => number): PathWatch {
  let heardAtMs: number | undefined;
  let unanswered = 0;
  return {
    reset: () => {
      heardAtMs = undefined;
      unanswered = 0;
    },
    sent: () => {
      unanswered++;
    },
    heard: () => {
      heardAtMs = nowMs();
      unanswered = 0;
    },
    isWaiting: () => heardAtMs !== undefined && unanswered > 0,
    isSilent: () =>
      heardAtMs !== undefined &&
      unanswered >= MIN_UNANSWERED &&
      nowMs() - heardAtMs >= SILENCE_LIMIT_MS,
  };
}
