// The browser of every benchmark: the system's Chromium, headless, with flags that are fixed and printed.
import { existsSync } from 'node:fs';
import puppeteer, { type Browser } from 'puppeteer';

/** `--no-sandbox` only because benchmarks run as root in containers; the rest keeps Chromium off the network and lets video start. */
export const BROWSER_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
  '--disable-features=WebRtcHideLocalIpsWithMdns',
] as const;

/** @throws {Error} when no Chromium is installed (CHROMIUM_PATH names another path). */
export async function openBrowser(viewport = { width: 1280, height: 720 }): Promise<Browser> {
  const candidates = [process.env['CHROMIUM_PATH'], '/usr/bin/chromium', '/usr/bin/google-chrome'];
  const executablePath = candidates.find((path) => path !== undefined && existsSync(path));
  if (executablePath === undefined)
    throw new Error('no Chromium found; install the package chromium');
  return puppeteer.launch({
    executablePath,
    headless: true,
    args: [...BROWSER_FLAGS],
    defaultViewport: viewport,
  });
}
