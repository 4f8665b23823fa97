// The player's page as tests and benchmarks use it: through its own buttons and window.perigee.
import type { Page } from 'puppeteer';
import type {} from '@perigee/web-client/test-hook';

/** Ends the session as the player does: the end button, then the answer to its question. Nothing happens where nothing runs. */
export async function endSession(page: Page): Promise<void> {
  await page.evaluate(() => {
    document.querySelector<HTMLButtonElement>('dialog [data-action="end"]')?.click();
  });
  await page.waitForFunction(() => !['live', 'reconnecting'].includes(window.perigee.state));
}

/** Waits until the session is live and a picture is there. @throws when it takes longer than `timeoutMs` */
export async function waitUntilPlaying(page: Page, timeoutMs = 30_000): Promise<void> {
  await page.waitForFunction(
    () => window.perigee.state === 'live' && (window.perigee.video?.videoWidth ?? 0) > 0,
    { timeout: timeoutMs },
  );
}
