// The main job in a real browser: see, press, touch, hear, reload, share the machine with a second player.
import type { BrowserContext, Page } from 'puppeteer';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { endSession, waitUntilPlaying } from '@perigee/benchmarks/lib/player.ts';
import { installProbe, setAnimation } from '@perigee/benchmarks/lib/probe-title.ts';
import {
  createWorld,
  failureOf,
  lumaAt,
  openProbe,
  openTitle,
  screenshot,
  type World,
} from './support/world.ts';

let world: World;
let people: BrowserContext[] = [];

beforeAll(async () => {
  world = await createWorld({ PERIGEE_SLOTS: '2', PERIGEE_RESUME_WINDOW_MS: '10000' });
});
afterAll(async () => {
  await world.close();
});
afterEach(async () => {
  for (const person of people) {
    for (const page of await person.pages()) await endSession(page);
    await person.close();
  }
  people = [];
  // Sessions of the last test end before the next one needs their slots.
  await waitForSlots(2);
});

async function newPerson(): Promise<BrowserContext> {
  const person = await world.newPerson();
  people.push(person);
  return person;
}

async function waitForSlots(wanted: number): Promise<void> {
  for (;;) {
    if (((await world.product.slots()).get('free') ?? 0) >= wanted) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function framesDecoded(page: Page): Promise<number> {
  return inboundStat(page, 'video', 'framesDecoded');
}

/** One number of the page's inbound-rtp statistics (W3C webrtc-stats). */
function inboundStat(page: Page, kind: 'video' | 'audio', name: string): Promise<number> {
  return page.evaluate(
    async (wantedKind, wantedName) => {
      for (const stat of (await window.perigee.pc?.getStats())?.values() ?? []) {
        const entry = stat as Record<string, unknown>;
        if (entry['type'] === 'inbound-rtp' && entry['kind'] === wantedKind) {
          return Number(entry[wantedName] ?? 0);
        }
      }
      return 0;
    },
    kind,
    name,
  );
}

describe('latency-probe in a browser', () => {
  it('moves, and a key changes the picture', async () => {
    const page = await openProbe(await newPerson(), world.product.address);
    await setAnimation(page, true);
    const { distinct } = await page.evaluate(() => window.probe.countFrames(2000));
    expect(distinct).toBeGreaterThan(20);
    await setAnimation(page, false);
    for (let press = 0; press < 4; press++) {
      await page.evaluate(() => window.probe.arm('visible'));
      await page.keyboard.press('b');
      expect(await page.evaluate(() => window.probe.result)).not.toBeNull();
    }
  });

  it('shows two fingers as two touches at their places', async () => {
    const page = await openProbe(await newPerson(), world.product.address);
    const client = await page.createCDPSession();
    const places = [
      { x: 800, y: 120 },
      { x: 1100, y: 240 },
    ];
    const before = await Promise.all(places.map(({ x, y }) => lumaAt(page, x, y)));
    const points = await page.evaluate((wanted) => {
      const box = document.querySelector('video')?.getBoundingClientRect();
      if (box === undefined) throw new Error('no <video> on the page');
      // The picture lies in the middle of the element with its own aspect (object-fit: contain).
      const scale = Math.min(box.width / 1280, box.height / 720);
      const left = box.x + (box.width - 1280 * scale) / 2;
      const top = box.y + (box.height - 720 * scale) / 2;
      return wanted.map(({ x, y }) => ({ x: left + x * scale, y: top + y * scale }));
    }, places);
    await client.send('Input.dispatchTouchEvent', {
      type: 'touchStart',
      touchPoints: points.map((point, id) => ({ ...point, id })),
    });
    for (const [index, { x, y }] of places.entries()) {
      await expect.poll(() => lumaAt(page, x, y), { timeout: 5000 }).not.toBe(before[index]);
    }
    await client.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    for (const [index, { x, y }] of places.entries()) {
      await expect
        .poll(async () => Math.abs((await lumaAt(page, x, y)) - (before[index] ?? 0)), {
          timeout: 5000,
        })
        .toBeLessThan(8);
    }
  });

  it('is heard: the tone brings energy into the received track', async () => {
    const page = await openProbe(await newPerson(), world.product.address);
    const energy = (): Promise<number> => inboundStat(page, 'audio', 'totalAudioEnergy');
    await page.mouse.click(640, 360); // the first gesture unlocks sound
    const silent = await energy();
    await page.keyboard.press('t');
    await expect.poll(energy, { timeout: 10_000 }).toBeGreaterThan(silent + 0.001);
  });

  it('sends a keyframe when the page asks for one', async () => {
    const page = await openProbe(await newPerson(), world.product.address);
    const keyframes = (): Promise<number> => inboundStat(page, 'video', 'keyFramesDecoded');
    const before = await keyframes();
    await page.evaluate(() => {
      window.perigee.requestKeyframe();
    });
    await expect.poll(keyframes, { timeout: 5000 }).toBeGreaterThan(before);
  });

  it('goes on after a reload with the same session', async () => {
    const page = await openProbe(await newPerson(), world.product.address);
    const sessionId = await page.evaluate(() => window.perigee.sessionId);
    await setAnimation(page, true);
    await page.reload();
    await waitUntilPlaying(page);
    expect(await page.evaluate(() => window.perigee.sessionId)).toBe(sessionId);
    await installProbe(page);
    // The title was not started anew: its animation still runs.
    const { distinct } = await page.evaluate(() => window.probe.countFrames(1500));
    expect(distinct).toBeGreaterThan(15);
  });

  it('is taken over by a second tab, and the first tab says so', async () => {
    const person = await newPerson();
    const first = await openProbe(person, world.product.address);
    const sessionId = await first.evaluate(() => window.perigee.sessionId);
    const second = await openTitle(person, world.product.address, 'latency-probe');
    expect(await second.evaluate(() => window.perigee.sessionId)).toBe(sessionId);
    expect((await failureOf(first)).code).toBe('taken-over');
  });

  it('gives a second browser a session of its own, and both play', async () => {
    const first = await openProbe(await newPerson(), world.product.address);
    const second = await openProbe(await newPerson(), world.product.address);
    const ids = await Promise.all(
      [first, second].map((p) => p.evaluate(() => window.perigee.sessionId)),
    );
    expect(ids[0]).not.toBe(ids[1]);
    const lightBefore = await lumaAt(first, 100, 100);
    await second.keyboard.press('b');
    await expect.poll(() => framesDecoded(second), { timeout: 5000 }).toBeGreaterThan(0);
    expect(await lumaAt(first, 100, 100)).toBe(lightBefore);
  });
});

describe('Freedoom in a browser', () => {
  it('plays: the picture follows the keys, with sound', async () => {
    const page = await openTitle(await newPerson(), world.product.address, 'freedoom');
    await page.mouse.click(640, 360);
    await page.waitForFunction(
      () => (window.perigee.video?.getVideoPlaybackQuality().totalVideoFrames ?? 0) > 60,
    );
    const before = await framesDecoded(page);
    const points = [200, 400, 640, 900, 1100];
    const look = (): Promise<number[]> => Promise.all(points.map((x) => lumaAt(page, x, 300)));
    const still = await look();
    await page.keyboard.down('ArrowLeft');
    await expect
      .poll(async () => (await look()).some((v, i) => Math.abs(v - (still[i] ?? 0)) > 12), {
        timeout: 10_000,
      })
      .toBe(true);
    await page.keyboard.up('ArrowLeft');
    await page.keyboard.press('Control');
    await expect
      .poll(() => inboundStat(page, 'audio', 'totalAudioEnergy'), { timeout: 10_000 })
      .toBeGreaterThan(0);
    expect(await framesDecoded(page)).toBeGreaterThan(before);
    await screenshot(page, 'player-freedoom-desktop');
    // Becoming a phone reloads the page, so this is a resumed session too.
    await page.setViewport({ width: 640, height: 360, hasTouch: true, isMobile: true });
    await waitUntilPlaying(page);
    await page.waitForFunction(() => (window.perigee.firstFramePresentedAtMs ?? 0) > 0);
    await screenshot(page, 'player-freedoom-phone-landscape');
    await page.setViewport({ width: 360, height: 640, hasTouch: true, isMobile: true });
    await page.waitForFunction(() => window.innerWidth === 360);
    await screenshot(page, 'player-freedoom-phone-portrait');
  });
});

describe('the catalogue', () => {
  it('shows every title at phone and desktop size', async () => {
    const page = await (await newPerson()).newPage();
    await page.goto(world.product.address);
    await page.waitForSelector('a[href="/play/freedoom"]');
    const names = await page.$$eval('a.card', (cards) => cards.map((card) => card.textContent));
    expect(names.length).toBeGreaterThanOrEqual(4);
    await screenshot(page, 'catalogue-desktop');
    await page.setViewport({
      width: 360,
      height: 640,
      hasTouch: true,
      isMobile: true,
      deviceScaleFactor: 2,
    });
    await screenshot(page, 'catalogue-phone');
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - window.innerWidth,
    );
    expect(overflow).toBeLessThanOrEqual(0);
  });
});
