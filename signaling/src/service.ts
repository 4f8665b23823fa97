// Signaling without its sockets: the state machines put together. plugin.ts brings the sockets.
import {
  EDGE_ADMISSION,
  BusError,
  publishTopic,
  requestTopic,
  TOPICS,
  type Bus,
  type CancelTimer,
  type Clock,
  type Logger,
  type MetricsSample,
  type Timers,
} from '@perigee/kit';
import { CLOSE_CODES, type SessionState } from '@perigee/protocol';
import type { SignalingConfig } from './config.ts';
import { createCounters, type Counters } from './counters.ts';
import { EdgeLink } from './edge/edge-link.ts';
import { EdgeRegistry } from './edge/edge-registry.ts';
import { measuredPolicy } from './placement/measured-policy.ts';
import type { PlacementPolicy } from './placement/policy.ts';
import { PlayerConnection } from './player/player-connection.ts';
import type { SessionContext } from './session/context.ts';
import { EdgeBroker } from './session/edge-broker.ts';
import { SessionLifecycle } from './session/lifecycle.ts';
import { SessionPlacer } from './session/placer.ts';
import { PlayerBroker } from './session/player-broker.ts';
import { SessionTable } from './session/session-table.ts';
import { WaitingQueue } from './session/waiting-queue.ts';
import type { Channel, ChannelListener } from './transport/channel.ts';

/** How long the store may take to say whether a key is admitted, ms (chosen). */
const ADMISSION_TIMEOUT_MS = 2000;
/** Interval of the numbers for /metrics, ms (chosen: below Prometheus' usual 15 s). */
const METRICS_INTERVAL_MS = 2000;
/** Facts are told again at this interval, for a server that came late or lost a message, ms (chosen). */
const FACTS_INTERVAL_MS = 30_000;

export type SignalingServiceOptions = {
  readonly config: SignalingConfig;
  readonly logger: Logger;
  /** Owned by the caller. */
  readonly bus: Bus;
  readonly clock: Clock & Timers;
  /** Chance in [0, 1). */
  readonly random: () => number;
  readonly policy?: PlacementPolicy;
};

export class SignalingService {
  readonly counters: Counters = createCounters();
  readonly #options: SignalingServiceOptions;
  readonly #context: SessionContext;
  readonly #lifecycle: SessionLifecycle;
  readonly #players: PlayerBroker;
  readonly #edges: EdgeBroker;
  readonly #links = new Set<Channel>();
  #cancelMetrics: CancelTimer;
  #cancelFacts: CancelTimer;
  #isClosed = false;

  constructor(options: SignalingServiceOptions) {
    const { config, clock } = options;
    this.#options = options;
    this.#context = {
      ...options,
      policy: options.policy ?? measuredPolicy,
      counters: this.counters,
      registry: new EdgeRegistry({ freshMs: config.edgeFreshMs, maxEdges: config.maxConnections }),
      table: new SessionTable(),
      queue: new WaitingQueue(config.maxQueueLength),
    };
    this.#lifecycle = new SessionLifecycle(this.#context, () => {
      placer.pump();
    });
    const placer = new SessionPlacer(this.#context, this.#lifecycle);
    this.#players = new PlayerBroker(this.#context, this.#lifecycle, placer);
    this.#edges = new EdgeBroker(this.#context, this.#lifecycle, placer);
    this.#cancelMetrics = clock.after(METRICS_INTERVAL_MS, () => {
      this.#publishMetrics();
    });
    this.#cancelFacts = clock.after(FACTS_INTERVAL_MS, () => {
      this.#publishFacts();
    });
  }

  /** A player's connection was accepted. */
  acceptPlayer(channel: Channel): ChannelListener {
    const { config, clock } = this.#options;
    this.counters.add('perigee_signaling_connections_total', { from: 'player' });
    return new PlayerConnection({
      channel,
      clock,
      counters: this.counters,
      broker: this.#players,
      helloTimeoutMs: config.helloTimeoutMs,
      probeBudgetMs: config.probeBudgetMs,
      messagesPerSecond: config.playerMessagesPerSecond,
    });
  }

  /** An edge's connection was accepted; it is challenged at once. */
  acceptEdge(channel: Channel): ChannelListener {
    const { config, clock, logger, bus } = this.#options;
    this.counters.add('perigee_signaling_connections_total', { from: 'edge' });
    this.#links.add(channel);
    const link = new EdgeLink({
      channel,
      clock,
      counters: this.counters,
      logger,
      helloTimeoutMs: config.helloTimeoutMs,
      heartbeatMs: config.edgeHeartbeatMs,
      messagesPerSecond: config.edgeMessagesPerSecond,
      events: {
        admit: async (publicKeyHex) => {
          const question = { publicKeyHex };
          const options = { question, timeoutMs: ADMISSION_TIMEOUT_MS };
          return (await requestTopic(bus, EDGE_ADMISSION, options)).edgeNodeId;
        },
        onOpen: (port, edge) => !this.#isClosed && this.#edges.onOpen(port, edge),
        onMessage: (port, message) => {
          this.#edges.onMessage(port, message);
        },
        onLateAnswer: (port, answer) => {
          this.#edges.onLateAnswer(port, answer);
        },
        onClosed: (port) => {
          if (!this.#isClosed) this.#edges.onClosed(port);
        },
      },
    });
    return {
      receive: (bytes) => {
        link.receive(bytes);
      },
      closed: () => {
        this.#links.delete(channel);
        link.closed();
      },
    };
  }

  /** Numbers for tests and for `/metrics`. */
  sizes(): { sessions: number; queued: number; edges: number } {
    const { table, queue, registry, clock } = this.#context;
    const edges = registry.snapshot(clock.nowMs()).length;
    return { sessions: table.size, queued: queue.length, edges };
  }

  /** Ends every session ('edge-draining' says: try again elsewhere), then every EdgeLink. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    for (const session of this.#context.table.all()) {
      this.#lifecycle.end(session, { code: 'edge-draining', tellEdge: true });
    }
    this.#isClosed = true;
    this.#edges.close();
    this.#cancelMetrics();
    this.#cancelFacts();
    for (const channel of [...this.#links]) channel.close(CLOSE_CODES.goingAway, '');
  }

  #publishFacts(): void {
    for (const edge of this.#context.registry.online()) this.#edges.publishFacts(edge);
    this.#cancelFacts = this.#options.clock.after(FACTS_INTERVAL_MS, () => {
      this.#publishFacts();
    });
  }

  #publishMetrics(): void {
    this.#cancelMetrics = this.#options.clock.after(METRICS_INTERVAL_MS, () => {
      this.#publishMetrics();
    });
    const series = [...this.counters.series(), ...this.#gauges()];
    try {
      publishTopic(this.#options.bus, TOPICS.metricsSample, { source: 'signaling', series });
    } catch (err) {
      if (!(err instanceof BusError)) throw err;
      this.#options.logger.debug({ err }, 'metrics were not published');
    }
  }

  #gauges(): MetricsSample['series'] {
    const { table, queue, registry, clock } = this.#context;
    const perState = new Map<SessionState, number>();
    for (const { state } of table.all()) perState.set(state, (perState.get(state) ?? 0) + 1);
    const sessions = [...perState].map(([state, value]) => ({
      name: 'perigee_sessions',
      kind: 'gauge' as const,
      help: 'Sessions by state.',
      labels: { state },
      value,
    }));
    const edges = registry
      .snapshot(clock.nowMs())
      .slice(0, 300)
      .flatMap((edge) => {
        const { edgeNodeId: id } = edge;
        const slots = 'Slots of an edge node by state.';
        return [
          gauge('perigee_edge_slots', slots, { edge: id, state: 'free' }, edge.freeSlots),
          gauge('perigee_edge_slots', slots, { edge: id, state: 'warm' }, edge.warmSlots),
          gauge('perigee_edge_slots', slots, { edge: id, state: 'all' }, edge.slots),
          gauge(
            'perigee_edge_heartbeat_age_seconds',
            'Time since an edge node was last heard.',
            { edge: id },
            edge.heartbeatAgeMs / 1000,
          ),
        ];
      });
    const length = gauge('perigee_queue_length', 'Players waiting for a slot.', {}, queue.length);
    return [...sessions, ...edges, length];
  }
}

function gauge(
  name: string,
  help: string,
  labels: Record<string, string>,
  value: number,
): MetricsSample['series'][number] {
  return { name, kind: 'gauge', help, labels, value };
}
