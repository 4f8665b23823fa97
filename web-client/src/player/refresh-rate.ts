const SAMPLES = 12;
const DEFAULT_HZ = 60;

let measuredHz = DEFAULT_HZ;

/** Refresh rate of the screen in Hz, from the middle of the intervals between frames; 60 where they make no sense. */
export function refreshRateFrom(frameTimesMs: readonly number[]): number {
  const intervals = frameTimesMs.slice(1).map((time, i) => time - (frameTimesMs[i] ?? time));
  const middle = intervals.sort((a, b) => a - b)[Math.floor(intervals.length / 2)];
  if (middle === undefined || middle < 2 || middle > 100) return DEFAULT_HZ;
  return Math.round(1000 / middle);
}

/** Watches a few frames of the page, once, while it has nothing better to do. */
export function measureRefreshRate(): void {
  const times: number[] = [];
  const onFrame = (timeMs: number): void => {
    times.push(timeMs);
    if (times.length <= SAMPLES) requestAnimationFrame(onFrame);
    else measuredHz = refreshRateFrom(times);
  };
  requestAnimationFrame(onFrame);
}

/** What was measured, or 60 before that. */
export function refreshRateHz(): number {
  return measuredHz;
}
