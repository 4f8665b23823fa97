// The wire is one piece of code in two engines: every golden vector holds in a real browser, bundled as the web client is.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'puppeteer';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser } from '@perigee/benchmarks/lib/browser.ts';
import { checkVectors } from '@perigee/protocol/vectors';
import type {} from '../fixtures/vectors-page/main.ts';

const PAGE = fileURLToPath(new URL('../fixtures/vectors-page', import.meta.url));
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
};

let folder = '';
let server: Server;
let browser: Browser;
let address = '';
const closers: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'perigee-vectors-'));
  closers.push(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  await build({
    root: PAGE,
    configFile: false,
    logLevel: 'warn',
    build: { outDir: folder, emptyOutDir: true, target: 'es2022' },
  });
  server = createServer((request, response) => {
    const path = request.url === '/' ? '/index.html' : (request.url ?? '');
    try {
      const body = readFileSync(join(folder, new URL(path, 'http://localhost').pathname));
      response.setHeader('content-type', CONTENT_TYPES[extname(path)] ?? 'text/plain');
      // As strict as the product's own page: the codec must not need `eval`.
      response.setHeader('content-security-policy', "default-src 'none'; script-src 'self'");
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const bound = server.address();
  address = `http://127.0.0.1:${String(typeof bound === 'object' ? bound?.port : 0)}/`;
  browser = await openBrowser();
  closers.push(() => browser.close());
});

afterAll(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

it('every golden vector holds in Chromium, as many as in Node', async () => {
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(address);
  await page
    .waitForFunction(() => window.vectorResults !== undefined, { timeout: 20_000 })
    .catch((cause: unknown) => {
      throw new Error(`the page did not finish: ${errors.join('; ')}`, { cause });
    });
  const results = (await page.evaluate(() => window.vectorResults)) ?? [];
  expect(results.filter(({ ok }) => !ok)).toEqual([]);
  expect(results.map(({ name }) => name)).toEqual(checkVectors().map(({ name }) => name));
  expect(results.length).toBeGreaterThan(100);
  expect(errors).toEqual([]);
});
