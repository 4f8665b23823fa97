/** Keeps the screen of a phone lit while a stream is live, where the browser can. */
export type WakeLock = { readonly set: (isWanted: boolean) => void };

/** Makes a wake lock that is not held. The browser lets go by itself in a hidden page; `set(true)` takes it again. */
export function createWakeLock(): WakeLock {
  const api = (navigator as { readonly wakeLock?: WakeLockApi }).wakeLock;
  let held: Promise<WakeLockSentinel | undefined> | undefined;
  return {
    set: (isWanted) => {
      if (isWanted === (held !== undefined)) return;
      if (isWanted) {
        held = api?.request('screen').catch(() => undefined);
        return;
      }
      void held?.then((sentinel) => sentinel?.release());
      held = undefined;
    },
  };
}

type WakeLockApi = { readonly request: (type: 'screen') => Promise<WakeLockSentinel> };
