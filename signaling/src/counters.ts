// Signaling's numbers. They leave over the bus (topic metrics.sample); /metrics belongs to the server.
import type { MetricsSample } from '@perigee/kit';

const COUNTERS = {
  perigee_signaling_connections_total: 'WebSocket connections accepted.',
  perigee_signaling_connections_refused_total: 'WebSocket connections refused before the upgrade.',
  perigee_signaling_messages_total: 'Messages received.',
  perigee_signaling_malformed_messages_total:
    'Messages that were no valid message of the protocol.',
  perigee_signaling_refused_messages_total: 'Valid messages refused or ignored, by reason.',
  perigee_signaling_slow_peers_total: 'Connections ended because the peer did not read.',
  perigee_edge_refusals_total: 'EdgeLinks refused, by code.',
  perigee_placements_total: 'Placements, by outcome.',
  perigee_placement_seconds_total: 'Time from hello to reservation, summed over placed sessions.',
  perigee_sessions_resumed_total: 'Sessions that a player came back to.',
  perigee_sessions_taken_over_total: 'Sessions taken over while another page still held them.',
  perigee_sessions_ended_total: 'Sessions that ended, by code.',
} as const;

export type CounterName = keyof typeof COUNTERS;
type Labels = Readonly<Record<string, string>>;
type Series = MetricsSample['series'][number];

/** Different label sets kept; labels are codes of ours, so reaching this is a fault. */
const MAX_SERIES = 500;

export type Counters = {
  add(name: CounterName, labels?: Labels, amount?: number): void;
  /** Value now; 0 when never added to. */
  get(name: CounterName, labels?: Labels): number;
  /** Sum over all label sets. */
  total(name: CounterName): number;
  series(): Series[];
};

/** Creates counters at zero. */
export function createCounters(): Counters {
  const all = new Map<string, Series>();
  const keyOf = (name: CounterName, labels: Labels): string =>
    `${name} ${Object.entries(labels).flat().join(' ')}`;
  return {
    add: (name, labels = {}, amount = 1) => {
      const key = keyOf(name, labels);
      const known = all.get(key);
      if (known !== undefined) {
        known.value += amount;
        return;
      }
      if (all.size >= MAX_SERIES) return;
      all.set(key, {
        name,
        kind: 'counter',
        help: COUNTERS[name],
        labels: { ...labels },
        value: amount,
      });
    },
    get: (name, labels = {}) => all.get(keyOf(name, labels))?.value ?? 0,
    total: (name) => [...all.values()].reduce((sum, s) => sum + (s.name === name ? s.value : 0), 0),
    series: () => [...all.values()].map((s) => ({ ...s })),
  };
}
