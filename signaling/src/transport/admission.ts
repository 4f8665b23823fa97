// Who may open a WebSocket at all. Decided before the upgrade, when a refusal costs nothing.
import { createKeyedLimiter } from '@perigee/kit';

export type AdmissionLimits = {
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly connectsPerMinute: number;
};

export type ConnectionAdmission = {
  /** @returns a function that gives the place back (once), or null when there is none */
  enter(addressKey: string, nowMs: number): (() => void) | null;
  readonly size: () => number;
};

/** Counts connections, in all and per address; both tables are bounded. */
export function createConnectionAdmission(limits: AdmissionLimits): ConnectionAdmission {
  const perAddress = new Map<string, number>();
  const connects = createKeyedLimiter({
    capacity: limits.connectsPerMinute,
    refillPerSecond: limits.connectsPerMinute / 60,
    maxKeys: 10_000,
  });
  let total = 0;
  return {
    enter: (addressKey, nowMs) => {
      const count = perAddress.get(addressKey) ?? 0;
      if (total >= limits.maxConnections || count >= limits.maxConnectionsPerAddress) return null;
      if (!connects.take(addressKey, nowMs)) return null;
      total += 1;
      perAddress.set(addressKey, count + 1);
      let isInside = true;
      return () => {
        if (!isInside) return;
        isInside = false;
        total -= 1;
        const left = (perAddress.get(addressKey) ?? 1) - 1;
        if (left > 0) perAddress.set(addressKey, left);
        else perAddress.delete(addressKey);
      };
    },
    size: () => total,
  };
}

/**
 * Whether a browser page may connect: its origin must be this very host, or another site's page could play (and be the edge) in the
 * name of whoever looks at it. Programs send no Origin (RFC 6455 section 10.2) and may connect.
 */
export function isSameOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true;
  if (host === undefined || !URL.canParse(origin)) return false;
  return new URL(origin).host === host.toLowerCase();
}
