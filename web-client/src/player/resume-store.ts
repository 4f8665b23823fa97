// One resume token per title and browser. localStorage is shared by the tabs of a browser, so a reload resumes and a second tab takes over,
// while another browser has nothing and gets a session of its own. sessionStorage is the fallback where localStorage is refused.

/** The part of the web's Storage that is used; both may throw (privacy modes, quota). */
export type KeyValueStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export type ResumeStore = {
  /** The token of the running session of this title, or undefined. */
  readonly load: () => string | undefined;
  readonly save: (token: string) => void;
  readonly clear: () => void;
};

const tokenPattern = /^[A-Za-z0-9_-]{22}$/;

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined; // storage is a comfort: without it a reload starts anew
  }
}

/** Keeps the resume token of one title in each of `storages`; the first that has one is believed. Never throws. */
export function createResumeStore(
  titleId: string,
  storages: readonly (KeyValueStorage | undefined)[],
): ResumeStore {
  const key = `perigee.resume.${titleId}`;
  const usable = storages.filter((storage) => storage !== undefined);
  return {
    load: () => {
      for (const storage of usable) {
        const token = attempt(() => storage.getItem(key));
        if (typeof token === 'string' && tokenPattern.test(token)) return token;
      }
      return undefined;
    },
    save: (token) => {
      for (const storage of usable) {
        attempt(() => {
          storage.setItem(key, token);
        });
      }
    },
    clear: () => {
      for (const storage of usable) {
        attempt(() => {
          storage.removeItem(key);
        });
      }
    },
  };
}

/** The storages of this window, shared one first; a browser may refuse even to name them. */
export function windowStorages(): (KeyValueStorage | undefined)[] {
  return [attempt(() => localStorage), attempt(() => sessionStorage)];
}
