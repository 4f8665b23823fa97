// What every end-to-end test needs: the product as a user starts it, a browser, and a place for screenshots (git ignores it).
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'puppeteer';
import { openBrowser } from '@perigee/benchmarks/lib/browser.ts';
import { waitUntilPlaying } from '@perigee/benchmarks/lib/player.ts';
import { installProbe } from '@perigee/benchmarks/lib/probe-title.ts';
import { startProduct, type Product } from '@perigee/benchmarks/lib/product.ts';

const SCREENSHOTS = fileURLToPath(new URL('../../screenshots', import.meta.url));

export type World = {
  readonly product: Product;
  readonly browser: Browser;
  /** A page in a browser profile of its own: another person, as far as the product can tell. */
  newPerson(): Promise<BrowserContext>;
  close(): Promise<void>;
};

/** Starts the product with more PERIGEE_* keys, and a browser. */
export async function createWorld(env: Readonly<Record<string, string>> = {}): Promise<World> {
  const product = await startProduct({ env });
  const browser = await openBrowser();
  return {
    product,
    browser,
    newPerson: () => browser.createBrowserContext(),
    async close() {
      await browser.close();
      await product.stop();
    },
  };
}

/** Opens a title's page and waits until its picture plays. */
export async function openTitle(
  person: BrowserContext,
  address: string,
  titleId: string,
): Promise<Page> {
  const page = await person.newPage();
  await page.goto(`${address}/play/${titleId}`);
  await waitUntilPlaying(page);
  return page;
}

/** Opens latency-probe with `window.probe` installed and its picture readable. */
export async function openProbe(person: BrowserContext, address: string): Promise<Page> {
  const page = await openTitle(person, address, 'latency-probe');
  await installProbe(page);
  await page.waitForFunction(async () => (await window.probe.readBarCode()) !== null);
  return page;
}

/** Waits for the failure page and returns its code and what it says. */
export async function failureOf(
  page: Page,
  timeoutMs = 20_000,
): Promise<{ code: string; text: string }> {
  await page.waitForSelector('.failure', { timeout: timeoutMs });
  return page.$eval('.failure', (element) => ({
    code: element.getAttribute('data-code') ?? '',
    text: element.textContent,
  }));
}

/** Luma of one pixel of the picture, 0..255. */
export function lumaAt(page: Page, x: number, y: number): Promise<number> {
  return page.evaluate(
    async (px, py) => {
      const video = document.querySelector('video');
      if (video === null) throw new Error('no <video> on the page');
      const frame = new VideoFrame(video);
      try {
        const pixels = new Uint8Array(64);
        await frame.copyTo(pixels, { rect: { x: px & ~1, y: py & ~1, width: 2, height: 2 } });
        return pixels[0] ?? 0;
      } finally {
        frame.close();
      }
    },
    x,
    y,
  );
}

/** Saves what the page shows under test/screenshots. */
export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}
