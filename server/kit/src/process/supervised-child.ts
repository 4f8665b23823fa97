// A child process that is never lost: its first word, its exit and a time limit race; closing it is SIGTERM, then SIGKILL.
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { createLineTail } from './line-tail.ts';

/** Codes of {@link ChildError}. */
export type ChildErrorCode = 'spawn-failed' | 'exited-early' | 'ready-timeout';

/** The child did not become ready. `tail` holds its last lines. */
export class ChildError extends Error {
  override readonly name = 'ChildError';
  readonly code: ChildErrorCode;
  readonly tail: readonly string[];

  constructor(
    code: ChildErrorCode,
    tail: readonly string[],
    options?: { readonly cause?: unknown },
  ) {
    super(
      {
        'spawn-failed': 'the child process could not be started',
        'exited-early': 'the child process ended before it was ready',
        'ready-timeout': 'the child process was not ready in time',
      }[code],
      options,
    );
    this.code = code;
    this.tail = tail;
  }
}

/** How a child ended: an exit code, or the signal that killed it. Both null: it never started. */
export type ChildExit = {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
};

export type SuperviseOptions = {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** The whole environment of the child; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly gid?: number;
  /** Open an IPC channel ('advanced' serialisation) on which `send` and `onMessage` work. */
  readonly ipc?: boolean;
  /** File descriptors passed as 4, 5, ... with IPC, as 3, 4, ... without; the caller keeps and closes its own copies. */
  readonly passFds?: readonly number[];
  /** What counts as ready. `spawn`: the process exists; `message`: its first IPC message; a function: its first line that passes. */
  readonly readyWhen: 'spawn' | 'message' | ((line: string) => boolean);
  readonly readyTimeoutMs: number;
  /** From SIGTERM to SIGKILL, ms. */
  readonly killAfterMs: number;
  /** Kill the whole process group, not the process alone (the child is made leader of its own). */
  readonly ownGroup?: boolean;
  readonly tailLines?: number;
  readonly maxLineLength?: number;
  /** Every line of standard output and standard error, cut to `maxLineLength`; must not throw. */
  readonly onLine?: (line: string) => void;
  readonly onMessage?: (message: unknown) => void;
};

export type SupervisedChild = {
  /** undefined when the process could not be started. */
  readonly pid: number | undefined;
  /** Resolves when ready; rejects with {@link ChildError}, after which the child is killed. */
  readonly ready: Promise<void>;
  /** Resolves once, when the process is gone and its output was read. Never rejects. */
  readonly exited: Promise<ChildExit>;
  /** Sends over IPC. @returns false when the channel is gone */
  send(message: object): boolean;
  /** Sends a signal. @returns false when the process is gone */
  kill(signal: NodeJS.Signals): boolean;
  /** Last lines of output, oldest first. */
  tail(): string[];
  /** Bytes of output so far. */
  outputBytes(): number;
  /** SIGTERM, then SIGKILL after `killAfterMs`; resolves when the process is gone. Idempotent. */
  close(): Promise<void>;
};

/** Starts a child process under supervision. Never throws: a start that fails shows in `ready` and `exited`. */
export function superviseChild(options: SuperviseOptions): SupervisedChild {
  const isGroup = options.ownGroup ?? false;
  const child = spawnChild(options, isGroup);
  const { exited, isGone } = watchExit(child);

  const kill = (signal: NodeJS.Signals): boolean => {
    if (child.pid === undefined || (isGone() && !isGroup)) return false;
    try {
      return process.kill(isGroup ? -child.pid : child.pid, signal);
    } catch {
      return false; // ESRCH: gone between the check and the call
    }
  };
  const output = watchOutput(child, options);
  const ready = watchReady(child, options, output, { exited, kill });
  // A caller that only waits for `exited` must not be ended by an unhandled rejection.
  ready.catch(() => undefined);

  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    if (!isGone()) {
      kill('SIGTERM');
      const timer = setTimeout(() => kill('SIGKILL'), options.killAfterMs);
      await exited;
      clearTimeout(timer);
    }
    if (isGroup) kill('SIGKILL'); // whatever the leader left behind
  };
  return {
    pid: child.pid,
    ready,
    exited,
    send: (message) => {
      if (!child.connected) return false;
      child.send(message, () => undefined); // EPIPE of a dying child is told by `exited`
      return true;
    },
    kill,
    tail: output.lines,
    outputBytes: output.totalBytes,
    close: () => (closing ??= close()),
  };
}

function spawnChild(options: SuperviseOptions, isGroup: boolean): ChildProcess {
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe'];
  if (options.ipc ?? false) stdio.push('ipc');
  stdio.push(...(options.passFds ?? []));
  return spawn(options.command, [...options.args], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
    env: { ...options.env },
    stdio,
    serialization: 'advanced',
    detached: isGroup,
  });
}

/** After `exit`, output may still be held open by grandchildren: it is waited for, but not longer than this, ms (chosen). */
const OUTPUT_AFTER_EXIT_MS = 500;

function watchExit(child: ChildProcess): { exited: Promise<ChildExit>; isGone: () => boolean } {
  let isGone = false;
  const exited = new Promise<ChildExit>((resolve) => {
    child.once('exit', (exitCode, signal) => {
      isGone = true;
      const timer = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
        resolve({ exitCode, signal });
      }, OUTPUT_AFTER_EXIT_MS);
      child.once('close', () => {
        clearTimeout(timer);
        resolve({ exitCode, signal });
      });
    });
    child.on('error', () => {
      // `error` without a pid is a failed spawn, and no `exit` follows; with one it is a failed kill or send.
      if (child.pid !== undefined) return;
      isGone = true;
      resolve({ exitCode: null, signal: null });
    });
  });
  return { exited, isGone: () => isGone };
}

type Output = {
  /** Set while somebody waits for a line. */
  onFirstLine: ((line: string) => void) | undefined;
  readonly lines: () => string[];
  readonly totalBytes: () => number;
};

function watchOutput(child: ChildProcess, options: SuperviseOptions): Output {
  const maxLines = options.tailLines ?? 50;
  const maxLineLength = options.maxLineLength ?? 400;
  const kept: string[] = [];
  const onLine = (line: string): void => {
    kept.push(line);
    if (kept.length > maxLines) kept.shift();
    options.onLine?.(line);
    output.onFirstLine?.(line);
  };
  // One splitter per stream, or the halves of their lines would mix; one list of kept lines.
  const splitters = [child.stdout, child.stderr].map((stream) => {
    const splitter = createLineTail({ maxLines: 1, maxLineLength, onLine });
    stream?.on('data', (bytes: Buffer) => {
      splitter.push(bytes);
    });
    stream?.once('close', () => {
      splitter.end();
    });
    stream?.on('error', () => undefined);
    return splitter;
  });
  const output: Output = {
    onFirstLine: undefined,
    lines: () => [...kept],
    totalBytes: () => splitters.reduce((sum, s) => sum + s.totalBytes(), 0),
  };
  return output;
}

/** The race: first word, exit, time limit. Who loses is killed. */
function watchReady(
  child: ChildProcess,
  options: SuperviseOptions,
  output: Output,
  outcome: { exited: Promise<ChildExit>; kill: (signal: NodeJS.Signals) => boolean },
): Promise<void> {
  const { readyWhen } = options;
  return new Promise<void>((resolve, reject) => {
    let isSettled = false;
    const settle = (code?: ChildErrorCode, cause?: unknown): void => {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(timer);
      output.onFirstLine = undefined;
      if (code === undefined) {
        resolve();
        return;
      }
      outcome.kill('SIGKILL');
      reject(new ChildError(code, output.lines(), { cause }));
    };
    const timer = setTimeout(() => {
      settle('ready-timeout');
    }, options.readyTimeoutMs);
    child.once('error', (error) => {
      settle('spawn-failed', error);
    });
    void outcome.exited.then(() => {
      settle('exited-early');
    });
    if (readyWhen === 'spawn') {
      child.once('spawn', () => {
        settle();
      });
    } else if (typeof readyWhen === 'function') {
      output.onFirstLine = (line) => {
        if (readyWhen(line)) settle();
      };
    }
    child.on('message', (message: unknown) => {
      options.onMessage?.(message);
      if (readyWhen === 'message') settle();
    });
  });
}
