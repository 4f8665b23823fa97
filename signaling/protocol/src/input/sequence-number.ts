// Arithmetic on numbers that wrap, after RFC 1982 (serial number arithmetic). The difference that lies exactly half a circle away has
// no direction there; here it counts as older, so that of two such numbers neither is newer than the other.

const UINT32_SPAN = 2 ** 32;

/** `a` - `b` around the circle of uint32: -2^31 .. 2^31-1; positive when `a` is newer. */
export function sequenceDifference(a: number, b: number): number {
  return (a - b) | 0;
}

/** Whether uint32 `a` comes after `b`. */
export function isNewerSequence(a: number, b: number): boolean {
  return sequenceDifference(a, b) > 0;
}

/** uint32 `sequence` moved on by `count` (any safe integer, negative too), wrapped. */
export function advanceSequence(sequence: number, count: number): number {
  return (((sequence + count) % UINT32_SPAN) + UINT32_SPAN) % UINT32_SPAN;
}

/** How far a cumulative uint16 counter went from `previous` to `current`: -32768..32767. */
export function counterDelta(current: number, previous: number): number {
  return ((current - previous) << 16) >> 16;
}

/** uint16 `counter` moved on by `delta` (a safe integer), wrapped. */
export function advanceCounter(counter: number, delta: number): number {
  return (((counter + delta) % 0x1_0000) + 0x1_0000) % 0x1_0000;
}
