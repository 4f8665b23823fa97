// What the product inherited (a supervisor's lock, a shell's redirection) must not be open in a title.
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openBrowser } from '@perigee/benchmarks/lib/browser.ts';
import { startProduct } from '@perigee/benchmarks/lib/product.ts';
import { failureOf } from './support/world.ts';

const title = fileURLToPath(new URL('../fixtures/titles/lists-descriptors', import.meta.url));

it('a title has its three descriptors and no other', async () => {
  const secret = openSync('/etc/hostname', 'r');
  const product = await startProduct({
    env: { PERIGEE_TITLE_FOLDERS: title },
    inheritedFds: [secret, secret],
  });
  closeSync(secret);
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    await page.goto(`${product.address}/play/lists-descriptors`);
    const { text } = await failureOf(page);
    const open = /open: ([\d ]+)/.exec(text)?.[1]?.trim().split(' ').map(Number) ?? [];
    expect(open).toContain(2);
    // The product's own inherited ones were 3 and 4; from 10 on they are the title's shell's.
    expect(open.filter((descriptor) => descriptor > 2 && descriptor < 10)).toEqual([]);
  } finally {
    await browser.close();
    await product.stop();
  }
});
