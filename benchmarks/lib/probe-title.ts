// How to drive the `latency-probe` title from a page that plays it.
import type { Page } from 'puppeteer';
import { installReader, installTimer, type ProbeGeometry } from './probe-page.ts';

/** Must match titles/latency-probe/latency-probe.c at 1280x720. */
const PROBE_GEOMETRY: ProbeGeometry = {
  patchX: 100,
  patchY: 100,
  codeX: 32,
  upperY: 656,
  lowerY: 688,
  cellPx: 32,
  bits: 16,
};

/** Puts `window.probe` into a page that has a <video>. */
export async function installProbe(page: Page): Promise<void> {
  await page.evaluate(installReader, PROBE_GEOMETRY);
  await page.evaluate(installTimer);
}

/** Brings the probe's animation on or off: key A toggles it, the bar code's pace tells which it is. Needs installProbe first. */
export async function setAnimation(page: Page, isWanted: boolean): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const { distinct } = await page.evaluate(() => window.probe.countFrames(1000));
    if (distinct > 20 === isWanted) return;
    await page.keyboard.press('a');
  }
  throw new Error('latency-probe did not change its animation');
}
