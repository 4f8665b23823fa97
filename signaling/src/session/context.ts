import type { Bus, Clock, Logger, Timers } from '@perigee/kit';
import type { SignalingConfig } from '../config.ts';
import type { Counters } from '../counters.ts';
import type { EdgeRegistry } from '../edge/edge-registry.ts';
import type { PlacementPolicy } from '../placement/policy.ts';
import type { SessionTable } from './session-table.ts';
import type { WaitingQueue } from './waiting-queue.ts';

/** What the parts that move sessions share. */
export type SessionContext = {
  readonly config: SignalingConfig;
  readonly clock: Clock & Timers;
  /** Chance in [0, 1) for placement ties; ids and tokens come from the system's own source. */
  readonly random: () => number;
  readonly bus: Bus;
  readonly logger: Logger;
  readonly counters: Counters;
  readonly policy: PlacementPolicy;
  readonly registry: EdgeRegistry;
  readonly table: SessionTable;
  readonly queue: WaitingQueue;
};
