/** Gives each touching pointer of the browser a small id, 0..limit-1, free again when the finger goes up. */
export type FingerIds = {
  /** A free id for a pointer that went down; undefined when all are in use or it is down already. */
  readonly take: (pointerId: number) => number | undefined;
  readonly get: (pointerId: number) => number | undefined;
  readonly release: (pointerId: number) => number | undefined;
  readonly clear: () => void;
};

/** Makes a table for up to `limit` fingers. */
export function createFingerIds(limit: number): FingerIds {
  const ids = new Map<number, number>();
  return {
    take: (pointerId) => {
      if (ids.has(pointerId)) return undefined;
      const used = new Set(ids.values());
      for (let id = 0; id < limit; id++) {
        if (used.has(id)) continue;
        ids.set(pointerId, id);
        return id;
      }
      return undefined;
    },
    get: (pointerId) => ids.get(pointerId),
    release: (pointerId) => {
      const id = ids.get(pointerId);
      ids.delete(pointerId);
      return id;
    },
    clear: () => {
      ids.clear();
    },
  };
}
