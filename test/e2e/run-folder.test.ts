// `perigee run FOLDER` with the least manifest that is accepted: how a publisher tries a title.
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, Page } from 'puppeteer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '@perigee/benchmarks/lib/browser.ts';
import { waitUntilPlaying } from '@perigee/benchmarks/lib/player.ts';
import { startProduct, type Product } from '@perigee/benchmarks/lib/product.ts';
import { lumaAt } from './support/world.ts';

const SOURCE = fileURLToPath(new URL('../fixtures/flash/flash.c', import.meta.url));
const MANIFEST = {
  id: 'flash',
  name: 'Flash',
  version: '1.0.0',
  command: './flash',
  resolution: { width: 1280, height: 720 },
  fps: 60,
  input: ['keyboard', 'mouse'],
};

let folder = '';
let product: Product;
let browser: Browser;
const closers: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'perigee-flash-'));
  closers.push(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  chmodSync(folder, 0o700); // its owner's alone: the title's user must be able to start it all the same
  writeFileSync(join(folder, 'title.json'), JSON.stringify(MANIFEST));
  await promisify(execFile)('gcc', ['-O1', '-Wall', '-o', join(folder, 'flash'), SOURCE, '-lX11']);
  // A browser that only writes down what it was told to open.
  const opener = join(folder, 'xdg-open');
  writeFileSync(opener, `#!/bin/sh\nprintf '%s' "$1" > '${folder}/opened'\n`, { mode: 0o700 });
  product = await startProduct({
    args: ['run', folder, '--open'],
    env: { PATH: `${folder}:${process.env['PATH'] ?? ''}` },
  });
  closers.push(() => product.stop());
  browser = await openBrowser();
  closers.push(() => browser.close());
});

afterAll(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** White has luma 235 and more, the blue about 70, an empty screen 16. */
const colorOf = async (page: Page): Promise<string> => {
  const luma = await lumaAt(page, 640, 360);
  if (luma > 200) return 'white';
  return luma > 45 && luma < 110 ? 'blue' : `luma ${String(luma)}`;
};

describe('perigee run', () => {
  it('prints the play address first, and opens it when asked to', async () => {
    const address = new URL(product.address);
    expect(address.protocol).toBe('http:');
    expect(address.pathname).toBe('/play/flash');
    const opened = join(folder, 'opened');
    await expect
      .poll(() => existsSync(opened) && readFileSync(opened, 'utf8'), { timeout: 10_000 })
      .toBe(product.address);
  });

  it('offers that title alone', async () => {
    const response = await fetch(new URL('/api/v1/titles', product.address));
    const text = await response.text();
    expect(text).toContain('"flash"');
    expect(text).not.toContain('freedoom');
  });

  it('plays at the printed address: a key pressed right away, without a click, changes the picture', async () => {
    const page = await browser.newPage();
    await page.goto(product.address);
    await waitUntilPlaying(page);
    await expect.poll(() => colorOf(page), { timeout: 15_000 }).toBe('blue');
    await page.keyboard.press('Space');
    await expect.poll(() => colorOf(page), { timeout: 5000 }).toBe('white');
    await page.keyboard.press('KeyX');
    await expect.poll(() => colorOf(page), { timeout: 5000 }).toBe('blue');
    const size = await page.$eval('video', (video) => [video.videoWidth, video.videoHeight]);
    expect(size).toEqual([1280, 720]);
  });
});
