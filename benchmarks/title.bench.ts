// Does a real game reach the browser at its own rate, and what does its session host weigh? Freedoom turns in place (every frame differs);
// a frame counts as distinct when a stripe of its pixels differs from the last presented one.
import type { Page } from 'puppeteer';
import { parseBenchArguments } from './lib/arguments.ts';
import { BROWSER_FLAGS, openBrowser } from './lib/browser.ts';
import { printNoise } from './lib/noise.ts';
import { waitUntilPlaying } from './lib/player.ts';
import { cpuSeconds, descendants, pssMegabytes } from './lib/processes.ts';
import { startProduct } from './lib/product.ts';
import { limited, machineSentence, report } from './lib/report.ts';
import { median } from './lib/statistics.ts';

const RUNS = 5;
const RUN_MS = 5000;
/** Freedoom shows its level about this long after the first picture (a title screen would not turn). */
const SETTLE_MS = 3000;

export async function run(argv: readonly string[]): Promise<void> {
  const args = parseBenchArguments(argv);
  process.stdout.write(
    `title: Freedoom 1280x720, ${machineSentence()}\nbrowser flags: ${BROWSER_FLAGS.join(' ')}\n`,
  );
  await printNoise();
  const product = await startProduct({ env: { PERIGEE_SLOTS: '1' } });
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    await page.goto(`${product.address}/play/freedoom`);
    await waitUntilPlaying(page);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const pids = processesOf(product.pid);
    const runs: { fps: number; hostCores: number; titleCores: number }[] = [];
    for (let index = 0; index < RUNS; index++) {
      const before = { host: cpuSeconds(pids.host), title: cpuSeconds(pids.title) };
      await page.keyboard.down('ArrowLeft');
      const distinct = await distinctFrames(page, RUN_MS);
      await page.keyboard.up('ArrowLeft');
      const perSecond = 1000 / RUN_MS;
      runs.push({
        fps: distinct * perSecond,
        hostCores: (cpuSeconds(pids.host) - before.host) * perSecond,
        titleCores: (cpuSeconds(pids.title) - before.title) * perSecond,
      });
      process.stdout.write(`run ${String(index + 1)} of ${String(RUNS)} done\n`);
    }
    const fps = {
      name: 'freedoom_distinct_fps',
      value: median(runs.map((r) => r.fps)),
      unit: 'frames/s',
    };
    const pss = { name: 'session_host_pss_mb', value: pssMegabytes(pids.host), unit: 'MB' };
    const cores = (name: string, pick: (r: (typeof runs)[number]) => number) => ({
      name,
      value: median(runs.map(pick)),
      unit: 'cores',
    });
    const rows = [
      limited(fps, '>=', 55),
      limited(pss, '<=', 300),
      cores('session_host_cpu_cores', (r) => r.hostCores),
      cores('title_cpu_cores', (r) => r.titleCores),
    ];
    report('title', rows, { jsonPath: args.jsonPath, date: new Date() });
  } finally {
    await browser.close();
    await product.stop();
  }
}

function processesOf(rootPid: number): { host: number; title: number } {
  const all = descendants(rootPid);
  const host = all.find((info) => info.command.includes('session/main.ts'))?.pid;
  const title = all.find((info) => /^\S*crispy-doom /.test(info.command))?.pid;
  if (host === undefined || title === undefined) throw new Error('session host or title not found');
  return { host, title };
}

/** Frames presented within `durationMs` that differ from the one before. */
function distinctFrames(page: Page, durationMs: number): Promise<number> {
  return page.evaluate(async (limitMs) => {
    const video = document.querySelector('video');
    if (video === null) throw new Error('no <video> on the page');
    const stripe = { x: 0, y: 300, width: video.videoWidth, height: 2 };
    let pixels = new Uint8Array(stripe.width * 4);
    let last = new Uint8Array(pixels.length);
    let distinct = 0;
    let isRunning = true;
    const onFrame = async (): Promise<void> => {
      if (!isRunning) return;
      video.requestVideoFrameCallback(() => void onFrame());
      const frame = new VideoFrame(video);
      try {
        await frame.copyTo(pixels, { rect: stripe });
      } finally {
        frame.close();
      }
      const isNew = pixels.some((value, index) => value !== last[index]);
      if (isNew) distinct++;
      [pixels, last] = [last, pixels];
    };
    video.requestVideoFrameCallback(() => void onFrame());
    await new Promise((resolve) => setTimeout(resolve, limitMs));
    isRunning = false;
    return distinct;
  }, durationMs);
}
