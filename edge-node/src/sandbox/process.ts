// Starts the direct children of the agent that belong to a session: kit's supervision plus the pid journal.
import { appendFileSync } from 'node:fs';
import { superviseChild, type SupervisedChild, type SuperviseOptions } from '@perigee/kit';
import { SandboxError } from './errors.ts';
import { buildLaunch, type LaunchOptions } from './launch.ts';
import { readProcess } from './proc.ts';

export type StartProcessOptions = {
  readonly launch: LaunchOptions;
  /** Must hold PATH: the launcher's own tools are found by it. */
  readonly env: Readonly<Record<string, string>>;
  /** pid and start time are appended here, so that a later agent can find an orphan (orphans.ts). */
  readonly journalPath: string;
} & Pick<
  SuperviseOptions,
  'cwd' | 'passFds' | 'killAfterMs' | 'ipc' | 'onMessage' | 'onLine' | 'tailLines' | 'maxLineLength'
>;

/** A child that exists; `ready` has resolved. */
export type SessionProcess = SupervisedChild & { readonly pid: number };

/** Starts one process of a session through the launcher. @throws {SandboxError} launch-failed */
export async function startProcess(options: StartProcessOptions): Promise<SessionProcess> {
  const { launch, env, journalPath, ...rest } = options;
  const { file, args } = buildLaunch(launch);
  const child = superviseChild({
    ...rest,
    command: file,
    args,
    env,
    cwd: rest.cwd ?? '/',
    readyWhen: 'spawn',
    readyTimeoutMs: 5000,
  });
  try {
    await child.ready;
  } catch (cause) {
    throw new SandboxError('launch-failed', launch.command[0], cause);
  }
  const { pid } = child;
  if (pid === undefined) throw new SandboxError('launch-failed', launch.command[0]);
  appendFileSync(journalPath, `${String(pid)} ${readProcess(pid)?.startTicks ?? ''}\n`);
  return { ...child, pid };
}

/** @returns a function that tells whether the process is gone */
export function watchExit(process: SessionProcess): () => boolean {
  const state = { isGone: false };
  void process.exited.then(() => {
    state.isGone = true;
  });
  return () => state.isGone;
}

/** Resolves true when `promise` settles within `limitMs`. */
export async function settlesWithin(promise: Promise<unknown>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => {
      resolve(false);
    }, limitMs);
  });
  const done = promise.then(
    () => true,
    () => true,
  );
  const isDone = await Promise.race([done, late]);
  clearTimeout(timer);
  return isDone;
}
