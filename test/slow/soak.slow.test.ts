// Twenty sessions one after another, ended in every way there is. Whatever one of them leaves behind, twenty leave twenty times.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'puppeteer';
import { afterEach, expect, it } from 'vitest';
import { openBrowser } from '@perigee/benchmarks/lib/browser.ts';
import { endSession, waitUntilPlaying } from '@perigee/benchmarks/lib/player.ts';
import { descendants, isRunning, pssMegabytes } from '@perigee/benchmarks/lib/processes.ts';
import { startProduct, type Product } from '@perigee/benchmarks/lib/product.ts';
import { failureOf } from '../e2e/support/world.ts';

const SESSIONS = 20;
const SLOTS = 2;
/** Sessions until caches are warm: memory is compared from here on. */
const WARM_UP = 5;
/** The stack may keep this much more after the other sessions, MB (chosen: a leaked session host is ten times as much). */
const MAX_GROWTH_MB = 30;
const TITLES = ['latency-probe', 'latency-probe', 'mahjongg', 'freedoom'];

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Process = ReturnType<typeof descendants>[number];
type Visit = {
  readonly page: Page;
  readonly person: BrowserContext;
  /** Name of its session folder. */
  readonly folder: string;
  /** Everything that runs for this session and for nothing else. */
  readonly processes: readonly Process[];
};

const processOf = ({ processes }: Visit, part: string): number => {
  const found = processes.find(({ command }) => command.includes(part));
  if (found === undefined) throw new Error(`no process with ${part} in its command line`);
  return found.pid;
};

/** The ways a session ends. Each resolves when the player knows. */
const ENDINGS: Readonly<Record<string, (visit: Visit) => Promise<void>>> = {
  'the player ends it': ({ page }) => endSession(page),
  'the browser is closed': ({ person }) => person.close(),
  'its host is killed': async (visit) => {
    process.kill(processOf(visit, 'session/main.ts'), 'SIGKILL');
    expect((await failureOf(visit.page)).code).toBe('session-crashed');
  },
  'its display is killed': async (visit) => {
    process.kill(processOf(visit, 'Xorg'), 'SIGKILL');
    expect((await failureOf(visit.page)).code).not.toBe('');
  },
  'its title is killed': async (visit) => {
    process.kill(processOf(visit, 'bwrap'), 'SIGKILL');
    expect((await failureOf(visit.page)).code).not.toBe('');
  },
};

/** Names below a folder, at any depth. */
function everythingBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true }).map(String);
}

/** Groups of the control group hierarchies (v1 and v2) whose name is one of `names`. */
function cgroupsNamed(names: ReadonlySet<string>): string[] {
  return everythingBelow('/sys/fs/cgroup').filter((path) =>
    names.has(path.split('/').at(-1) ?? ''),
  );
}

type Trace = {
  readonly processes: number;
  readonly fds: number;
  readonly sessionFolders: number;
  readonly temporaryFiles: number;
  readonly mounts: number;
  readonly cgroups: number;
};

/** The stack under test, and what can be seen of it from outside. */
class Soak {
  readonly base: string;
  readonly product: Product;
  readonly browser: Browser;
  /** Names of all session folders that were ever seen. */
  readonly #names = new Set<string>();

  constructor(parts: { base: string; product: Product; browser: Browser }) {
    this.base = parts.base;
    this.product = parts.product;
    this.browser = parts.browser;
  }

  /** Processes that are there now, without zombies. */
  running(): Process[] {
    return descendants(this.product.pid).filter(({ pid }) => isRunning(pid));
  }

  #sessionFolders(): string[] {
    const folders = readdirSync(join(this.base, 'run', 'sessions'));
    for (const name of folders) this.#names.add(name);
    return folders;
  }

  /**
   * Waits until the visit's session is gone and the stack is as it was before the first: one slot warm, the others free. The figures of
   * /metrics are up to two heartbeats old, so folders and processes are looked at as well.
   */
  async settle(visit?: Visit, processes?: number): Promise<Trace> {
    const look = async (): Promise<unknown> => {
      const slots = await this.product.slots();
      const folders = this.#sessionFolders();
      return {
        free: slots.get('free'),
        warm: slots.get('warm'),
        folders: folders.length,
        isSessionGone: visit === undefined || !folders.includes(visit.folder),
        processes: processes === undefined ? undefined : this.running().length,
      };
    };
    await expect
      .poll(look, { timeout: 30_000, interval: 100 })
      .toEqual({ free: SLOTS, warm: 1, folders: 1, isSessionGone: true, processes });
    return this.#trace();
  }

  #trace(): Trace {
    const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
    return {
      processes: this.running().length,
      fds: readdirSync(`/proc/${String(this.product.pid)}/fd`).length,
      sessionFolders: this.#sessionFolders().length,
      temporaryFiles: everythingBelow(join(this.base, 'tmp')).length,
      mounts: mounts.filter((line) => line.includes(this.base)).length,
      cgroups: cgroupsNamed(this.#names).length,
    };
  }

  /** Opens a title in a browser of its own: it gets the warm slot, so what runs now is its. */
  async visit(titleId: string): Promise<Visit> {
    const processes = this.running();
    const [folder = ''] = this.#sessionFolders();
    const person = await this.browser.createBrowserContext();
    const page = await person.newPage();
    await page.goto(`${this.product.address}/play/${titleId}`);
    await waitUntilPlaying(page).catch(async (cause: unknown) => {
      const seen = await page.evaluate(
        () =>
          `${window.perigee.state} ${window.perigee.failureCode ?? ''} ${document.body.innerText}`,
      );
      throw new Error(`${titleId} does not play: ${seen}\n${this.product.output()}`, { cause });
    });
    const isOfTitle = ({ pid, command }: Process): boolean =>
      command.includes('bwrap') && processes.every((known) => known.pid !== pid);
    await expect.poll(() => this.running().some(isOfTitle), { timeout: 10_000 }).toBe(true);
    return { page, person, folder, processes: [...processes, ...this.running().filter(isOfTitle)] };
  }
}

async function startSoak(): Promise<Soak> {
  const base = mkdtempSync(join(tmpdir(), 'perigee-soak-'));
  closers.push(() => {
    rmSync(base, { recursive: true, force: true });
  });
  mkdirSync(join(base, 'tmp'));
  chmodSync(join(base, 'tmp'), 0o1777);
  const product = await startProduct({
    baseFolder: base,
    env: {
      TMPDIR: join(base, 'tmp'),
      PERIGEE_SLOTS: String(SLOTS),
      // A browser that is closed comes back within this time, or its session ends.
      PERIGEE_RESUME_WINDOW_MS: '1000',
    },
  });
  closers.push(() => product.stop());
  const browser = await openBrowser();
  closers.push(() => browser.close());
  return new Soak({ base, product, browser });
}

it(`${String(SESSIONS)} sessions leave nothing behind`, { timeout: 900_000 }, async () => {
  const soak = await startSoak();
  const endings = Object.entries(ENDINGS);
  const atStart = await soak.settle();
  const memoryMb: number[] = [];
  const traces: Trace[] = [];
  for (let k = 0; k < SESSIONS; k += 1) {
    const titleId = TITLES[k % TITLES.length] ?? '';
    const [how, end] = endings[k % endings.length] ?? ['', () => Promise.resolve()];
    const visit = await soak.visit(titleId);
    await end(visit);
    if (!visit.page.isClosed()) await visit.person.close();
    const trace = await soak.settle(visit, atStart.processes);
    traces.push(trace);
    memoryMb.push(pssMegabytes(soak.product.pid));
    process.stdout.write(
      `session ${String(k + 1)} (${titleId}, ${how}): ${JSON.stringify(trace)}, ${(memoryMb.at(-1) ?? 0).toFixed(0)} MB\n`,
    );
  }
  const last = traces.at(-1);
  expect(last).toEqual({ ...atStart, fds: last?.fds });
  expect(last?.fds).toBeLessThanOrEqual(
    Math.max(...traces.slice(0, WARM_UP).map(({ fds }) => fds)),
  );
  const afterWarmUp = Math.max(...memoryMb.slice(0, WARM_UP));
  expect(memoryMb.at(-1)).toBeLessThan(afterWarmUp + MAX_GROWTH_MB);

  const all = soak.running();
  await soak.product.stop();
  expect(all.filter(({ pid }) => isRunning(pid))).toEqual([]);
  expect(readdirSync(join(soak.base, 'run', 'sessions'))).toEqual([]);
});
