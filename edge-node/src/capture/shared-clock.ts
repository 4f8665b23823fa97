// Each thread's `performance.now()` has an origin of its own, and each `timeOrigin` is a reading of the wall clock. The system's monotonic
// clock is what they share; the main thread's view of it is handed to the worker.

/** `performance.timeOrigin + performance.now()` of this thread minus the system's monotonic clock, us. */
export function clockOffsetUs(): number {
  return measure((hrtimeUs) => (performance.timeOrigin + performance.now()) * 1000 - hrtimeUs);
}

/** A clock for this thread that tells the same ms as the thread that measured `offsetUs`. */
export function sharedClock(offsetUs: number): () => number {
  const shiftMs = measure((hrtimeUs) => (offsetUs + hrtimeUs) / 1000 - performance.now());
  return () => performance.now() + shiftMs;
}

/** The first use of either clock loads code, which takes about a millisecond (seen): only the second reading counts. */
function measure(read: (hrtimeUs: number) => number): number {
  read(Number(process.hrtime.bigint()) / 1000);
  return read(Number(process.hrtime.bigint()) / 1000);
}
