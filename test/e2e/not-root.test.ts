// Without root it still plays, with one uid for everything, and says at start which protections are missing.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { openBrowser } from '@perigee/benchmarks/lib/browser.ts';
import { startProduct } from '@perigee/benchmarks/lib/product.ts';
import { openProbe } from './support/world.ts';

const CODE = fileURLToPath(new URL('../../server/cli/src/main.ts', import.meta.url));
/** An uid that nobody has: no passwd entry is needed. Tests that are not root themselves use their own. */
const OTHER_USER = { uid: 54_321, gid: 54_321 };
const user = process.getuid?.() === 0 ? OTHER_USER : undefined;

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A folder of the user's own, with what a login would give. */
function homeOfUser(): string {
  const base = mkdtempSync(join(tmpdir(), 'perigee-user-'));
  closers.push(() => {
    rmSync(base, { recursive: true, force: true });
  });
  for (const folder of ['home', 'xdg']) mkdirSync(join(base, folder), { mode: 0o700 });
  if (user === undefined) return base;
  for (const path of [base, join(base, 'home'), join(base, 'xdg')]) {
    chownSync(path, user.uid, user.gid);
  }
  chmodSync(base, 0o711);
  return base;
}

/** Living processes of an uid (a zombie is only an entry that its parent has not read yet). */
function processesOf(uid: number): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      const isTheirs = new RegExp(`^Uid:\\s+${String(uid)}\\s`, 'm').test(status);
      const name = /^Name:\s+(.*)$/m.exec(status)?.[1] ?? '';
      return isTheirs && !/^State:\s+Z/m.test(status) ? [`${pid} ${name}`] : [];
    } catch {
      return []; // it ended while we looked
    }
  });
}

it('plays as an unprivileged user and names the protections that are missing', async ({ skip }) => {
  const probe = spawnSync(process.execPath, ['-e', `fs.accessSync(${JSON.stringify(CODE)})`], user);
  skip(probe.status !== 0, 'the repository lies where other users cannot read it');
  const base = homeOfUser();
  const product = await startProduct({
    baseFolder: base,
    env: { HOME: join(base, 'home'), XDG_RUNTIME_DIR: join(base, 'xdg') },
    ...(user === undefined ? {} : { user }),
  });
  closers.push(() => product.stop());
  expect(product.output()).toContain(
    'missing protection: The agent cannot use other uids (not root): title, display and session host share one uid.',
  );
  const browser = await openBrowser();
  closers.push(() => browser.close());

  const page = await openProbe(await browser.createBrowserContext(), product.address);
  for (const key of ['KeyB', 'KeyC'] as const) {
    await page.evaluate(() => window.probe.arm('visible'));
    await page.keyboard.press(key);
    expect(await page.evaluate(() => window.probe.result)).not.toBeNull();
  }

  await product.stop();
  if (user !== undefined) {
    await expect.poll(() => processesOf(user.uid), { timeout: 5000 }).toEqual([]);
  }
  const sessions = join(base, 'run', 'sessions');
  expect(readdirSync(sessions)).toEqual([]);
});
