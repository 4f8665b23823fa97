const UNITS_PER_NOTCH = 120;
/** One notch in Chromium's pixel mode (100 px on Linux and Windows). */
const PIXELS_PER_NOTCH = 100;
/** One notch in Firefox's line mode. */
const LINES_PER_NOTCH = 3;

/** Units of 1/120 notch for a wheel event's delta. `deltaMode` as in the UI Events specification: 0 pixel, 1 line, 2 page. */
export function wheelUnits(delta: number, deltaMode: number): number {
  if (deltaMode === 1) return (delta / LINES_PER_NOTCH) * UNITS_PER_NOTCH;
  if (deltaMode === 2) return delta * UNITS_PER_NOTCH;
  return (delta / PIXELS_PER_NOTCH) * UNITS_PER_NOTCH;
}
