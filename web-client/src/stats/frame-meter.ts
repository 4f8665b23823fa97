/** Counts presented frames from the metadata of requestVideoFrameCallback. */
export type FrameMeter = {
  /** `presentedFrames`: cumulative count of the element. */
  readonly onFrame: (presentedFrames: number) => void;
  /** Presented frames per second since the last reading; null when it was read before or no time passed. */
  readonly read: (nowMs: number) => number | null;
};

/** Makes a meter; times are performance.now() in ms. */
export function createFrameMeter(startMs: number): FrameMeter {
  let newest = 0;
  let readCount = 0;
  let readAtMs = startMs;
  return {
    onFrame: (presentedFrames) => {
      // A new stream in the same element may begin to count anew.
      if (presentedFrames < newest) readCount = 0;
      newest = presentedFrames;
    },
    read: (nowMs) => {
      const elapsedMs = nowMs - readAtMs;
      if (elapsedMs <= 0) return null;
      const framesPerSecond = ((newest - readCount) * 1000) / elapsedMs;
      readCount = newest;
      readAtMs = nowMs;
      return framesPerSecond;
    },
  };
}
