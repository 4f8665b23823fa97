// What a player sees when something breaks, and what is left behind: nothing.
import { existsSync, readdirSync, mkdtempSync, chmodSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { openBrowser } from '@perigee/benchmarks/lib/browser.ts';
import { descendants, isRunning } from '@perigee/benchmarks/lib/processes.ts';
import { startProduct, type Product } from '@perigee/benchmarks/lib/product.ts';
import { failureOf, openProbe } from './support/world.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/titles/${name}`, import.meta.url));

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function newBase(): string {
  const base = mkdtempSync(join(tmpdir(), 'perigee-faults-'));
  chmodSync(base, 0o711);
  closers.push(() => {
    rmSync(base, { recursive: true, force: true });
  });
  return base;
}

async function start(base: string, env: Readonly<Record<string, string>> = {}): Promise<Product> {
  const product = await startProduct({ baseFolder: base, env });
  closers.push(() => product.stop());
  return product;
}

async function person() {
  const browser = await openBrowser();
  closers.push(() => browser.close());
  return browser.createBrowserContext();
}

const sessionFolders = (base: string): string[] => {
  const folder = join(base, 'run', 'sessions');
  return existsSync(folder) ? readdirSync(folder) : [];
};

describe('a session host that is killed', () => {
  it('ends that session alone, with a message, and all of it is gone within 5 s', async () => {
    const base = newBase();
    const product = await start(base, { PERIGEE_SLOTS: '2', PERIGEE_WARM_SLOTS: '0' });
    const victim = await openProbe(await person(), product.address);
    const [victimFolder] = sessionFolders(base);
    const ofVictim = descendants(product.pid).filter((info) => info.pid !== product.pid);
    const host = ofVictim.find((info) => info.command.includes('session/main.ts'));
    const other = await openProbe(await person(), product.address);
    process.kill(host?.pid ?? 0, 'SIGKILL');
    const killedAtMs = performance.now();
    const failure = await failureOf(victim);
    expect(failure.code).toBe('session-crashed');
    await expect
      .poll(
        () =>
          ofVictim.filter((info) => isRunning(info.pid)).length +
          Number(sessionFolders(base).includes(victimFolder ?? '')),
        { timeout: 10_000, interval: 50 },
      )
      .toBe(0);
    expect(performance.now() - killedAtMs).toBeLessThan(5000); // the issue's own limit, not a speed test
    await other.evaluate(() => window.probe.arm('visible'));
    await other.keyboard.press('b');
    expect(await other.evaluate(() => window.probe.result)).not.toBeNull();
  });
});

describe('the product that ends', () => {
  it('leaves nothing behind after Ctrl-C', async () => {
    const base = newBase();
    const product = await start(base);
    await openProbe(await person(), product.address);
    const all = descendants(product.pid);
    await product.stop();
    expect(all.filter((info) => isRunning(info.pid))).toEqual([]);
    expect(sessionFolders(base)).toEqual([]);
  });

  it('leaves nothing behind after kill -9 and a new start', async () => {
    const base = newBase();
    const first = await start(base);
    await openProbe(await person(), first.address);
    const all = descendants(first.pid);
    const folders = sessionFolders(base);
    first.kill();
    await first.exited;
    const second = await start(base);
    await expect
      .poll(() => all.filter((info) => isRunning(info.pid)), { timeout: 5000, interval: 50 })
      .toEqual([]);
    expect(sessionFolders(base).filter((name) => folders.includes(name))).toEqual([]);
    await openProbe(await person(), second.address);
  });
});

describe('a title that misbehaves', () => {
  it.each([
    ['exits-at-once', 'title-failed', 'missing asset crown.png'],
    ['never-draws', 'title-never-drew', 'thinking'],
    ['floods-output', 'title-flooded', 'all work and no play'],
  ])('%s ends with %s and the last lines of its log', async (name, code, line) => {
    const product = await start(newBase(), {
      PERIGEE_TITLE_FOLDERS: fixture(name),
      PERIGEE_FIRST_DRAW_MS: '5000',
    });
    const page = await (await person()).newPage();
    await page.goto(`${product.address}/play/${name}`);
    const failure = await failureOf(page, 30_000);
    expect(failure.code).toBe(code);
    expect(failure.text).toContain(line);
  });
});
