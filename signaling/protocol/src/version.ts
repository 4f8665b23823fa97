// Versions of the wire. A server speaks N and N-1; each side names its range and both take the highest version that they share.

export type VersionRange = { readonly min: number; readonly max: number };

/** The versions that this code speaks. Version 1 is the first, so there is no N-1 yet. */
export const PROTOCOL_VERSION_RANGE: VersionRange = Object.freeze({ min: 1, max: 1 });

/** The highest version in both ranges, or undefined when they share none (an inverted range shares none). */
export function negotiateVersion(a: VersionRange, b: VersionRange): number | undefined {
  const version = Math.min(a.max, b.max);
  return version >= Math.max(a.min, b.min) ? version : undefined;
}
