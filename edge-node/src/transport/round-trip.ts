import type { ReceptionReport } from '../rtp/rtcp.ts';
import { compactNtp, ntpFromUnixUs } from '../rtp/sender-report.ts';

/** One second in the units of RFC 3550 6.4.1's delay fields. */
const UNITS_PER_SECOND = 65_536;
/** A larger result is nonsense from the remote side. */
const MAX_RTT_MS = 60_000;

/**
 * Round-trip time of a reception report in ms (RFC 3550 6.4.1): arrival - last sender report - delay since it.
 * Undefined when the report echoes none, or makes no sense. `nowUs` is the clock that the sender reports were stamped with.
 */
export function roundTripMs(report: ReceptionReport, nowUs: number): number | undefined {
  if (report.lastSenderReport === 0) return undefined;
  const now = compactNtp(ntpFromUnixUs(nowUs));
  const units = (now - report.lastSenderReport - report.delaySinceLastSenderReport) % 2 ** 32;
  const rttMs = ((units < 0 ? units + 2 ** 32 : units) * 1000) / UNITS_PER_SECOND;
  return rttMs <= MAX_RTT_MS ? rttMs : undefined;
}
