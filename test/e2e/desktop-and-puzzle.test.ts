// A puzzle that is played by touch alone and a desktop program that is typed into: the two titles that are no action game.
import type { Page } from 'puppeteer';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { endSession } from '@perigee/benchmarks/lib/player.ts';
import { createWorld, openTitle, screenshot, type World } from './support/world.ts';

let world: World;
let page: Page | undefined;

beforeAll(async () => {
  world = await createWorld({ PERIGEE_SLOTS: '2' });
});
afterAll(async () => {
  await world.close();
});
afterEach(async () => {
  if (page === undefined) return;
  await endSession(page);
  await page.browserContext().close();
  page = undefined;
});

async function open(titleId: string): Promise<Page> {
  page = await openTitle(await world.newPerson(), world.product.address, titleId);
  return page;
}

/** A part of the picture, px; all even, because the picture's colour planes have half its size. */
type Area = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};

const WHOLE: Area = { x: 0, y: 0, width: 1280, height: 720 };

/** Luma of the picture in an area: every second pixel of every second row, or fewer of a large one. */
function readArea(from: Page, area: Area): Promise<number[]> {
  return from.evaluate(async (rect) => {
    const video = document.querySelector('video');
    if (video === null) throw new Error('no <video> on the page');
    const step = rect.width * rect.height > 100_000 ? 8 : 2;
    const frame = new VideoFrame(video);
    try {
      const pixels = new Uint8Array(frame.allocationSize({ rect }));
      const [plane] = await frame.copyTo(pixels, { rect });
      const luma: number[] = [];
      for (let row = 0; row < rect.height; row += step) {
        const start = (plane?.offset ?? 0) + row * (plane?.stride ?? rect.width);
        for (let column = 0; column < rect.width; column += step) {
          luma.push(pixels[start + column] ?? 0);
        }
      }
      return luma;
    } finally {
      frame.close();
    }
  }, area);
}

/** Share of the samples that differ clearly, 0..1. */
function changedRatio(before: readonly number[], after: readonly number[]): number {
  const changed = after.filter((value, k) => Math.abs(value - (before[k] ?? 0)) > 16).length;
  return changed / after.length;
}

/** Waits until the picture is drawn (not one colour) and stands still in three looks. */
async function waitUntilStill(from: Page): Promise<void> {
  let last: number[] = [];
  let stillLooks = 0;
  await expect
    .poll(
      async () => {
        const now = await readArea(from, WHOLE);
        const isDrawn = Math.max(...now) - Math.min(...now) > 100;
        const isStill = last.length > 0 && changedRatio(last, now) < 0.002;
        stillLooks = isDrawn && isStill ? stillLooks + 1 : 0;
        last = now;
        return stillLooks;
      },
      { timeout: 30_000, interval: 300 },
    )
    .toBeGreaterThanOrEqual(3);
}

/** Where a place of the picture lies on the page, px. */
function onPage(from: Page, place: { x: number; y: number }): Promise<{ x: number; y: number }> {
  return from.evaluate(({ x, y }) => {
    const video = document.querySelector('video');
    if (video === null) throw new Error('no <video> on the page');
    const box = video.getBoundingClientRect();
    return {
      x: box.x + (x / video.videoWidth) * box.width,
      y: box.y + (y / video.videoHeight) * box.height,
    };
  }, place);
}

async function tap(from: Page, place: { x: number; y: number }): Promise<void> {
  const client = await from.createCDPSession();
  const point = await onPage(from, place);
  await client.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [point] });
  await client.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await client.detach();
}

it('Mahjongg is played by touch alone: a tap marks a tile, another tap lets it go', async () => {
  const player = await open('mahjongg');
  // The tile on the very top of the pyramid is always free; the lowest row is far from it.
  const topTile: Area = { x: 616, y: 322, width: 44, height: 62 };
  const lowestRow: Area = { x: 290, y: 600, width: 640, height: 76 };
  const middle = { x: topTile.x + topTile.width / 2, y: topTile.y + topTile.height / 2 };
  await waitUntilStill(player);
  const tileBefore = await readArea(player, topTile);
  const rowBefore = await readArea(player, lowestRow);
  const tileChanged = async (): Promise<number> =>
    changedRatio(tileBefore, await readArea(player, topTile));

  await tap(player, middle);
  await expect.poll(tileChanged, { timeout: 5000 }).toBeGreaterThan(0.1);
  expect(changedRatio(rowBefore, await readArea(player, lowestRow))).toBeLessThan(0.01);
  await screenshot(player, 'player-mahjongg');

  await tap(player, middle);
  await expect.poll(tileChanged, { timeout: 5000 }).toBeLessThan(0.02);
});

it('Gnumeric is typed into: text and the result of a formula appear in their cells', async () => {
  const player = await open('gnumeric');
  const cellA1: Area = { x: 60, y: 194, width: 70, height: 14 };
  const cellA2: Area = { x: 60, y: 212, width: 70, height: 14 };
  const columnsBeside: Area = { x: 230, y: 194, width: 700, height: 32 };
  const places = [cellA1, cellA2, columnsBeside];
  await waitUntilStill(player);
  const pressAll = async (...keys: Parameters<Page['keyboard']['press']>[0][]): Promise<void> => {
    for (const key of keys) await player.keyboard.press(key);
  };
  // With the cursor two cells below, all that can change in these places is their text.
  await pressAll('Enter', 'Enter');
  await waitUntilStill(player);
  const before = await Promise.all(places.map((place) => readArea(player, place)));
  await pressAll('ArrowUp', 'ArrowUp');
  await player.keyboard.down('Shift');
  await pressAll('KeyP');
  await player.keyboard.up('Shift');
  await pressAll('KeyE', 'KeyR', 'KeyI', 'KeyG', 'KeyE', 'KeyE', 'Enter');
  await pressAll('Equal', 'Digit6', 'NumpadMultiply', 'Digit7', 'Enter');
  const changes = (): Promise<number[]> =>
    Promise.all(
      places.map(async (place, k) => changedRatio(before[k] ?? [], await readArea(player, place))),
    );
  await expect.poll(async () => (await changes())[1], { timeout: 5000 }).toBeGreaterThan(0.02);
  await waitUntilStill(player);
  const [text, result, beside] = await changes();
  expect(text).toBeGreaterThan(0.05);
  expect(result).toBeGreaterThan(0.02);
  expect(beside).toBeLessThan(0.005);
  await screenshot(player, 'player-gnumeric');
});
