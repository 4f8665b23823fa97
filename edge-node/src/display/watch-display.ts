// An X server that hangs (a stopped process, an endless request) does not exit, and nobody who waits for damage notices. So it is asked a
// cheap question now and then, on a connection of its own.
import type { Timers } from '@perigee/kit';
import type { DisplayAccess } from './display-access.ts';
import { connectX11, type X11Client } from './x11-client.ts';

/** Between an answer and the next question, ms (chosen). */
const ASK_EVERY_MS = 2000;
/** A server that does not answer for this long hangs, ms (chosen: a loaded one answers within tens of ms). */
const ANSWER_WITHIN_MS = 5000;
/** GetInputFocus of the core protocol: the shortest request with a reply. */
const GET_INPUT_FOCUS = 43;

export type DisplayWatch = {
  /** Resolves when the server hangs or is gone; never otherwise. */
  readonly lost: Promise<void>;
  /** Idempotent; `lost` then stays open. */
  stop(): void;
};

/** Watches from now on. */
export function watchDisplay(
  access: DisplayAccess,
  timers: Timers,
  limits: { readonly askEveryMs: number; readonly answerWithinMs: number } = {
    askEveryMs: ASK_EVERY_MS,
    answerWithinMs: ANSWER_WITHIN_MS,
  },
): DisplayWatch {
  let isStopped = false;
  let client: X11Client | undefined;
  let cancel: () => void = () => undefined;
  const lost = new Promise<void>((resolve) => {
    const tell = (): void => {
      client?.close();
      if (!isStopped) resolve();
    };
    const ask = async (): Promise<void> => {
      client ??= await connectX11({ ...access, timeoutMs: limits.answerWithinMs });
      const reply = await client.ask(GET_INPUT_FOCUS, 0, Buffer.alloc(0));
      if (reply === undefined || isStopped) tell();
      else cancel = timers.after(limits.askEveryMs, askAgain);
    };
    const askAgain = (): void => {
      ask().catch(tell);
    };
    askAgain();
  });
  return {
    lost,
    stop() {
      isStopped = true;
      cancel();
      client?.close();
    },
  };
}
