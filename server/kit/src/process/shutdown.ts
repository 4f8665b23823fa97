// Who closes whom: what was started last is closed first, each part within its own time, whatever the others did.
import { systemClock, type Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';

/** One Ctrl-C reaches us twice: from the terminal, and forwarded by npm. A person who means it twice is slower (chosen). */
const SAME_SIGNAL_MS = 500;

export type Shutdown = {
  /**
   * Adds a part. Parts close in the reverse order of adding, one after the other.
   * @param limitMs a part that is not closed after this long is given up, ms
   */
  add(name: string, close: () => Promise<void> | void, limitMs?: number): void;
  /** Closes everything. Idempotent: later calls get the same promise. Never rejects; resolves true when every part closed in time. */
  run(reason: string): Promise<boolean>;
  /** Aborted when closing begins. */
  readonly signal: AbortSignal;
  /**
   * SIGINT and SIGTERM run it and then exit (0, or 1 when a part failed). A further signal exits at once with 1, unless it comes within
   * 500 ms of the first: that is the same Ctrl-C arriving twice.
   */
  handleSignals(): void;
};

export type ShutdownOptions = {
  readonly logger: Pick<Logger, 'info' | 'error' | 'warn'>;
  /** Time limit of a part that names none, ms. */
  readonly partLimitMs?: number;
  readonly exit?: (exitCode: number) => void;
  /** Source of signals; the process by default. */
  readonly signals?: Pick<NodeJS.Process, 'on'>;
  /** The system's by default. */
  readonly clock?: Clock;
};

type Part = { name: string; close: () => Promise<void> | void; limitMs: number };

/** Creates an empty shutdown list. */
export function createShutdown(options: ShutdownOptions): Shutdown {
  const { logger } = options;
  const partLimitMs = options.partLimitMs ?? 5000;
  const clock = options.clock ?? systemClock;
  const exit =
    options.exit ??
    ((exitCode: number) => {
      process.exit(exitCode);
    });
  const parts: Part[] = [];
  const controller = new AbortController();
  let running: Promise<boolean> | undefined;

  const closeAll = async (reason: string): Promise<boolean> => {
    logger.info({ reason }, 'shutting down');
    controller.abort();
    let isClean = true;
    // A part that is added while others close is closed too.
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      try {
        await withLimit(part);
      } catch (err) {
        isClean = false;
        logger.error({ err, part: part.name }, 'a part did not close');
      }
    }
    return isClean;
  };
  const run = (reason: string): Promise<boolean> => (running ??= closeAll(reason));
  let firstSignalMs: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    const isRepeated =
      firstSignalMs !== undefined && clock.nowMs() - firstSignalMs < SAME_SIGNAL_MS;
    if (isRepeated) return;
    firstSignalMs ??= clock.nowMs();
    if (running !== undefined) {
      logger.warn({ signal }, 'second signal: exiting without waiting');
      exit(1);
      return;
    }
    void run(signal).then((isClean) => {
      exit(isClean ? 0 : 1);
    });
  };
  return {
    add: (name, close, limitMs = partLimitMs) => {
      parts.push({ name, close, limitMs });
    },
    run,
    signal: controller.signal,
    handleSignals: () => {
      const signals = options.signals ?? process;
      signals.on('SIGINT', onSignal);
      signals.on('SIGTERM', onSignal);
    },
  };
}

async function withLimit({ close, limitMs }: Part): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error('the part did not close in time'));
    }, limitMs);
  });
  try {
    await Promise.race([Promise.resolve().then(close), limit]);
  } finally {
    clearTimeout(timer);
  }
}
