// Seeded chance and mutations for fuzz tests of everything that reads bytes. Free of any platform.

/** A draw from [0, 1). */
export type Random = () => number;

/** The same draws for the same seed (mulberry32; any uint32 seed). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** An integer of [0, limit). */
export function randomBelow(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}

/** `byteLength` bytes of chance. */
export function randomBytes(random: Random, byteLength: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: byteLength }, () => randomBelow(random, 256));
}

// Values at which lengths, counts, tags and sequence numbers turn over.
const EDGE_BYTES = [0x00, 0x01, 0x7f, 0x80, 0x8f, 0x90, 0xa0, 0xbf, 0xc1, 0xc7, 0xd4, 0xdf, 0xff];

function withByte(bytes: Uint8Array, at: number, value: number): Uint8Array<ArrayBuffer> {
  const changed = new Uint8Array(bytes);
  if (at < changed.byteLength) changed[at] = value;
  return changed;
}

function spliced(
  bytes: Uint8Array,
  at: number,
  removed: number,
  inserted: Uint8Array = new Uint8Array(0),
): Uint8Array<ArrayBuffer> {
  const rest = bytes.subarray(Math.min(at + removed, bytes.byteLength));
  const result = new Uint8Array(at + inserted.byteLength + rest.byteLength);
  result.set(bytes.subarray(0, at));
  result.set(inserted, at);
  result.set(rest, at + inserted.byteLength);
  return result;
}

type Mutation = (random: Random, bytes: Uint8Array, at: number) => Uint8Array<ArrayBuffer>;

const MUTATIONS: readonly Mutation[] = [
  // One bit flipped.
  (random, bytes, at) => withByte(bytes, at, (bytes[at] ?? 0) ^ (1 << randomBelow(random, 8))),
  // One byte of chance.
  (random, bytes, at) => withByte(bytes, at, randomBelow(random, 256)),
  // One byte of those that mean something.
  (random, bytes, at) =>
    withByte(bytes, at, EDGE_BYTES[randomBelow(random, EDGE_BYTES.length)] ?? 0),
  // Cut short.
  (_random, bytes, at) => spliced(bytes, at, bytes.byteLength),
  // A piece left out.
  (random, bytes, at) => spliced(bytes, at, 1 + randomBelow(random, 8)),
  // A piece put in.
  (random, bytes, at) => spliced(bytes, at, 0, randomBytes(random, 1 + randomBelow(random, 8))),
  // A piece doubled.
  (random, bytes, at) =>
    spliced(bytes, at, 0, bytes.subarray(at, at + 1 + randomBelow(random, 32))),
  // A piece moved to another place.
  (random, bytes, at) => {
    const from = randomBelow(random, bytes.byteLength + 1);
    return spliced(bytes, at, 8, bytes.subarray(from, from + 8));
  },
];

/** A copy of `bytes` with one to four small faults; it may by chance be what it was. At most 128 bytes longer. */
export function mutate(random: Random, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  let mutated = new Uint8Array(bytes);
  const faults = 1 + randomBelow(random, 4);
  for (let k = 0; k < faults; k += 1) {
    const mutation = MUTATIONS[randomBelow(random, MUTATIONS.length)];
    const at = randomBelow(random, mutated.byteLength + 1);
    if (mutation !== undefined) mutated = mutation(random, mutated, at);
  }
  return mutated;
}
