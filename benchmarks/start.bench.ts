// How long from a tap on a title to its own first picture? Warm: a whole idle session host waits. Cold: none of it exists.
// The end is the first presented frame in which latency-probe's bar code reads, so a black or grey frame does not count.
import { parseBenchArguments } from './lib/arguments.ts';
import { BROWSER_FLAGS, openBrowser } from './lib/browser.ts';
import { printNoise } from './lib/noise.ts';
import { endSession } from './lib/player.ts';
import { installProbe } from './lib/probe-title.ts';
import { startProduct, type Product } from './lib/product.ts';
import { limited, machineSentence, report, type Row } from './lib/report.ts';
import { median, quantile } from './lib/statistics.ts';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser } from 'puppeteer';

const RUNS = 5;
const STARTS_PER_RUN = 6;

/** Legs in order; each ends at a mark that the player page sets (web-client/src/test-hook.ts), the last one at the bar code. */
const LEGS = [
  'ws_open',
  'welcome',
  'offer',
  'answer_sent',
  'ice_connected',
  'first_frame',
  'title_content',
] as const;
type Leg = (typeof LEGS)[number];
type Start = { readonly totalMs: number; readonly legsMs: Readonly<Record<Leg, number>> };

export async function run(argv: readonly string[]): Promise<void> {
  const args = parseBenchArguments(argv, { numbers: ['starts'] });
  const startsPerRun = args.numbers.get('starts') ?? STARTS_PER_RUN;
  process.stdout.write(`start: ${machineSentence()}\nbrowser flags: ${BROWSER_FLAGS.join(' ')}\n`);
  await printNoise();
  const browser = await openBrowser({ width: 1280, height: 720 });
  const rows: Row[] = [];
  try {
    for (const kind of ['warm', 'cold'] as const) {
      const env = { PERIGEE_SLOTS: '2', PERIGEE_WARM_SLOTS: kind === 'warm' ? '1' : '0' };
      const product = await startProduct({ env });
      try {
        const runs: Start[][] = [];
        for (let index = 0; index < RUNS; index++) {
          const starts: Start[] = [];
          for (let i = 0; i < startsPerRun; i++)
            starts.push(await oneStart(browser, product, kind));
          runs.push(starts);
          process.stdout.write(`${kind} run ${String(index + 1)} of ${String(RUNS)} done\n`);
        }
        rows.push(...rowsOf(kind, runs));
      } finally {
        await product.stop();
      }
    }
  } finally {
    await browser.close();
  }
  report('start', rows, { jsonPath: args.jsonPath, date: new Date() });
}

async function oneStart(browser: Browser, product: Product, kind: 'warm' | 'cold'): Promise<Start> {
  await waitUntilIdle(product, kind);
  const context = await browser.createBrowserContext();
  try {
    const page = await context.newPage();
    await page.goto(product.address);
    const card = await page.waitForSelector('a[href="/play/latency-probe"]');
    await card?.click();
    await page.waitForSelector('video');
    await installProbe(page);
    const marks = await page.evaluate(readMarks);
    await endSession(page);
    return toStart(marks);
  } finally {
    await context.close();
  }
}

/** Runs in the page: waits for the first frame with a bar code that reads, then returns all marks, ms of the page's clock. */
function readMarks(): Promise<Record<string, number>> {
  const video = document.querySelector('video');
  if (video === null) throw new Error('no <video> on the page');
  return new Promise((resolve) => {
    const look = async (metadata: VideoFrameCallbackMetadata): Promise<void> => {
      const code = await window.probe.readBarCode();
      if (code === null) again();
      else resolve({ ...window.perigee.marks, titleContent: metadata.presentationTime });
    };
    const again = (): void => {
      video.requestVideoFrameCallback((_timeMs, metadata) => void look(metadata));
    };
    again();
  });
}

function toStart(marks: Record<string, number>): Start {
  const legsMs: Partial<Record<Leg, number>> = {};
  let previousMs = marks['tap'] ?? Number.NaN;
  for (const leg of LEGS) {
    const camel = leg.replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
    const atMs = marks[camel] ?? Number.NaN;
    legsMs[leg] = Math.max(0, atMs - previousMs);
    previousMs = Math.max(previousMs, atMs);
  }
  const totalMs = (marks['titleContent'] ?? Number.NaN) - (marks['tap'] ?? Number.NaN);
  return { totalMs, legsMs: legsMs as Record<Leg, number> };
}

/**
 * No session runs; and for a warm start, a warm slot waits. /metrics is up to 2 s old and a new warm slot begins 2.5 s after the last one was
 * taken, so one look may show the slot that is gone already: only what has held for longer than both counts.
 */
const SETTLED_MS = 6000;
async function waitUntilIdle(product: Product, kind: 'warm' | 'cold'): Promise<void> {
  const startMs = performance.now();
  let idleSinceMs: number | undefined;
  while (performance.now() - startMs < 60_000) {
    const slots = await product.slots();
    const isEmpty = slots.has('all') && slots.get('free') === slots.get('all');
    const isIdle = isEmpty && (kind === 'cold' || (slots.get('warm') ?? 0) > 0);
    idleSinceMs = isIdle ? (idleSinceMs ?? performance.now()) : undefined;
    if (idleSinceMs !== undefined && performance.now() - idleSinceMs >= SETTLED_MS) return;
    await delay(100);
  }
  throw new Error('the product did not become idle');
}

function rowsOf(kind: 'warm' | 'cold', runs: readonly Start[][]): Row[] {
  const over = (pick: (starts: readonly Start[]) => number): number => median(runs.map(pick));
  const total = (p: number) =>
    over((starts) =>
      quantile(
        starts.map((s) => s.totalMs),
        p,
      ),
    );
  const p50 = { name: `${kind}_first_frame_p50_ms`, value: total(0.5), unit: 'ms' };
  return [
    limited(p50, '<=', kind === 'warm' ? 1000 : 3000),
    { name: `${kind}_first_frame_p95_ms`, value: total(0.95), unit: 'ms' },
    ...LEGS.map((leg) => ({
      name: `${kind}_first_frame_leg_${leg}_ms`,
      value: over((starts) =>
        quantile(
          starts.map((s) => s.legsMs[leg]),
          0.5,
        ),
      ),
      unit: 'ms',
    })),
  ];
}
