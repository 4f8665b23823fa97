import { integerKey, parseEnvironment, textKey, type EnvironmentValues } from '@perigee/kit';
import { DEFAULT_RESUME_WINDOW_MS } from '@perigee/protocol';
import { iceServersKey } from './ice-servers.ts';

/** Environment keys of signaling; `perigee up` merges them with those of the other parts. */
export const signalingEnvironment = {
  resumeWindowMs: integerKey('PERIGEE_RESUME_WINDOW_MS', {
    default: DEFAULT_RESUME_WINDOW_MS,
    min: 1000,
    max: 3_600_000,
    help: 'How long a session without its player keeps running, ms.',
  }),
  edgeGraceMs: integerKey('PERIGEE_EDGE_GRACE_MS', {
    default: 10_000,
    min: 0,
    max: 600_000,
    help: 'How long the sessions of an edge wait for its link to come back, ms.',
  }),
  edgeHeartbeatMs: integerKey('PERIGEE_EDGE_HEARTBEAT_MS', {
    default: 1000,
    min: 100,
    max: 60_000,
    help: 'Interval at which edges are asked to send heartbeats, ms.',
  }),
  edgeFreshMs: integerKey('PERIGEE_EDGE_FRESH_MS', {
    default: 5000,
    min: 200,
    max: 600_000,
    help: 'An edge whose last heartbeat is older gets no new sessions, ms.',
  }),
  reserveTimeoutMs: integerKey('PERIGEE_RESERVE_TIMEOUT_MS', {
    default: 300,
    min: 10,
    max: 60_000,
    help: 'How long an edge may think about a reservation before the next one is asked, ms.',
  }),
  reserveLastTimeoutMs: integerKey('PERIGEE_RESERVE_LAST_TIMEOUT_MS', {
    default: 3000,
    min: 10,
    max: 60_000,
    help: 'The same for the last candidate, after which there is nobody else to ask, ms.',
  }),
  offerTimeoutMs: integerKey('PERIGEE_OFFER_TIMEOUT_MS', {
    default: 20_000,
    min: 100,
    max: 600_000,
    help: 'How long an edge may take from the reservation to its offer, ms.',
  }),
  leaseTtlMs: integerKey('PERIGEE_LEASE_TTL_MS', {
    default: 30_000,
    min: 1000,
    max: 600_000,
    help: 'A reserved slot falls back to the edge when no player connected after this long, ms.',
  }),
  probeBudgetMs: integerKey('PERIGEE_PROBE_BUDGET_MS', {
    default: 600,
    min: 0,
    max: 5000,
    help: 'Time a browser has to measure one round of candidate sites, ms.',
  }),
  helloTimeoutMs: integerKey('PERIGEE_HELLO_TIMEOUT_MS', {
    default: 10_000,
    min: 100,
    max: 600_000,
    help: 'A connection that has not said hello after this long is closed, ms.',
  }),
  pingIntervalMs: integerKey('PERIGEE_PING_INTERVAL_MS', {
    default: 5000,
    min: 100,
    max: 600_000,
    help: 'Interval of WebSocket pings, ms; a peer silent for three of them is dead.',
  }),
  maxSessions: integerKey('PERIGEE_MAX_SESSIONS', {
    default: 1000,
    min: 1,
    max: 1_000_000,
    help: 'Sessions at once, waiting ones included.',
  }),
  maxSessionsPerAddress: integerKey('PERIGEE_MAX_SESSIONS_PER_ADDRESS', {
    default: 16,
    min: 1,
    max: 1_000_000,
    help: 'Sessions at once from one address (one /64 with IPv6).',
  }),
  maxQueueLength: integerKey('PERIGEE_MAX_QUEUE_LENGTH', {
    default: 100,
    min: 0,
    max: 100_000,
    help: 'Players that may wait for a free slot.',
  }),
  maxConnectionsPerAddress: integerKey('PERIGEE_MAX_CONNECTIONS_PER_ADDRESS', {
    default: 64,
    min: 1,
    max: 1_000_000,
    help: 'WebSocket connections at once from one address, players and edges apart.',
  }),
  maxConnections: integerKey('PERIGEE_MAX_CONNECTIONS', {
    default: 10_000,
    min: 1,
    max: 1_000_000,
    help: 'WebSocket connections at once, players and edges apart.',
  }),
  connectsPerMinute: integerKey('PERIGEE_CONNECTS_PER_MINUTE', {
    default: 240,
    min: 1,
    max: 1_000_000,
    help: 'New WebSocket connections that one address may open in a minute.',
  }),
  playerMessagesPerSecond: integerKey('PERIGEE_PLAYER_MESSAGES_PER_SECOND', {
    default: 50,
    min: 1,
    max: 1_000_000,
    help: 'Messages a player may send per second on average; bursts of four times as many.',
  }),
  edgeMessagesPerSecond: integerKey('PERIGEE_EDGE_MESSAGES_PER_SECOND', {
    default: 1000,
    min: 1,
    max: 1_000_000,
    help: 'Messages an edge may send per second on average; bursts of four times as many.',
  }),
  iceServers: iceServersKey('PERIGEE_ICE_SERVERS', {
    help: 'STUN and TURN servers for players, as a JSON array of {urls, username, credential}. None unless set: host candidates only.',
  }),
} as const;

/** Keys of signaling alone, when it runs without the server. */
const standaloneEnvironment = {
  listenHost: textKey('PERIGEE_LISTEN_HOST', {
    default: '127.0.0.1',
    pattern: /^[A-Za-z0-9._:-]{1,253}$/,
    allowed: 'a host name or an IP address',
    help: 'Address that players and edges connect to. Loopback unless set.',
  }),
  port: integerKey('PERIGEE_PORT', {
    default: 8080,
    min: 0,
    max: 65_535,
    help: 'TCP port of that listener; 0 lets the system choose one.',
  }),
} as const;

export type SignalingConfig = EnvironmentValues<typeof signalingEnvironment>;
export type StandaloneSignalingConfig = SignalingConfig &
  EnvironmentValues<typeof standaloneEnvironment>;

/**
 * Signaling's configuration when it runs on its own.
 * @throws {ConfigError} config: all problems at once
 */
export function parseSignalingConfig(
  environment: Readonly<Record<string, string | undefined>>,
): StandaloneSignalingConfig {
  return parseEnvironment(environment, { ...signalingEnvironment, ...standaloneEnvironment });
}
