// Session hosts cannot ask one another which UDP ports are taken, so each slot has ports of its own.
import { ConfigError } from '@perigee/kit';

/** Three peers at once (the player, the one made ahead, one that is being closed) on two addresses each, rounded up. */
export const MIN_PORTS_PER_SLOT = 8;

/** First and last UDP port, both included. */
export type PortRange = readonly [number, number];

/**
 * Cuts a range into one part a slot, in the order of slots; what is left over is not used. `null` (the system chooses) stays null.
 * @throws {ConfigError} config: when a slot would have fewer than MIN_PORTS_PER_SLOT
 */
export function splitPorts(range: PortRange | null, slots: number): readonly (PortRange | null)[] {
  if (range === null) return Array.from({ length: slots }, () => null);
  const [first, last] = range;
  const size = Math.floor((last - first + 1) / slots);
  if (size < MIN_PORTS_PER_SLOT) {
    const needed = slots * MIN_PORTS_PER_SLOT;
    const problem =
      last < first
        ? `must be at least PERIGEE_ICE_PORT_MIN (${String(first)})`
        : `${String(last - first + 1)} UDP ports from ${String(first)} on are too few: ${String(slots)} slots need ${String(needed)} (up to ${String(first + needed - 1)})`;
    throw new ConfigError([{ where: 'PERIGEE_ICE_PORT_MAX', problem }]);
  }
  return Array.from({ length: slots }, (_, slot) => {
    const low = first + slot * size;
    return [low, low + size - 1] as const;
  });
}
