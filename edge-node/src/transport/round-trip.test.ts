import { expect, it } from 'vitest';
import type { ReceptionReport } from '../rtp/rtcp.ts';
import { compactNtp, ntpFromUnixUs } from '../rtp/sender-report.ts';
import { roundTripMs } from './round-trip.ts';

function report(sentUs: number, delayMs: number): ReceptionReport {
  return {
    ssrc: 1,
    lossRatio: 0,
    packetsLost: 0,
    jitterTicks: 0,
    lastSenderReport: compactNtp(ntpFromUnixUs(sentUs)),
    delaySinceLastSenderReport: Math.round((delayMs / 1000) * 65_536),
  };
}

const NOW_US = 1_700_000_000_123_456;

it('is the time since the sender report less the time the receiver kept it', () => {
  expect(roundTripMs(report(NOW_US - 80_000, 50), NOW_US)).toBeCloseTo(30, 1);
});

it('is right across the wrap of the compact NTP time', () => {
  // 65536 s is the range of the compact form; this moment is just behind a wrap.
  const wrapUs = Math.ceil((NOW_US / 1e6 + 2_208_988_800) / 65_536) * 65_536e6 - 2_208_988_800e6;
  expect(roundTripMs(report(wrapUs - 10_000, 0), wrapUs + 10_000)).toBeCloseTo(20, 1);
});

it('is unknown before a sender report was seen, and for nonsense', () => {
  expect(roundTripMs({ ...report(NOW_US, 0), lastSenderReport: 0 }, NOW_US)).toBeUndefined();
  expect(roundTripMs(report(NOW_US, 5000), NOW_US)).toBeUndefined();
});
