/** Gain of the smoothed RTT (RFC 6298 section 2: alpha = 1/8). */
const GAIN = 1 / 8;

/** Smooths round-trip times. */
export type RttMeter = {
  /** One sample, ms. */
  readonly add: (sampleMs: number) => void;
  /** Smoothed, ms; null before the first sample. */
  readonly rttMs: () => number | null;
  readonly reset: () => void;
};

/** Makes a meter without samples. */
export function createRttMeter(): RttMeter {
  let smoothedMs: number | null = null;
  return {
    add: (sampleMs) => {
      smoothedMs = smoothedMs === null ? sampleMs : smoothedMs + GAIN * (sampleMs - smoothedMs);
    },
    rttMs: () => smoothedMs,
    reset: () => {
      smoothedMs = null;
    },
  };
}
