// Points of a session's start, on the clock of performance.now(). They are also User Timing marks, so that the browser's own tools show them.

/** `tap`: the choice of the title (0 = the navigation itself, when the page was opened directly). */
export type MarkName =
  | 'tap'
  | 'wsOpen'
  | 'welcome'
  | 'offer'
  | 'answerSent'
  | 'iceConnected'
  | 'firstPacket'
  | 'firstFrame';

export type Marks = Partial<Record<MarkName, number>>;

export type MarkBook = {
  readonly marks: Readonly<Marks>;
  /** Notes the first time only; a reconnection does not rewrite how the session started. */
  readonly note: (name: MarkName, atMs?: number) => void;
};

/** Makes an empty book. */
export function createMarkBook(): MarkBook {
  const marks: Marks = {};
  return {
    marks,
    note: (name, atMs = performance.now()) => {
      if (marks[name] !== undefined) return;
      marks[name] = atMs;
      performance.mark(`perigee:${name}`, { startTime: Math.max(0, atMs) });
    },
  };
}
