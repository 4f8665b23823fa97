// Server and signaling on one port of this machine, with a database in memory.
import {
  createLogger,
  createMemoryBus,
  parseEnvironment,
  systemClock,
  type Bus,
} from '@perigee/kit';
import { createSeededRandom } from '@perigee/kit/testing';
import {
  openControlStore,
  serverEnvironment,
  startServer,
  type ControlStore,
  type RunningServer,
} from '@perigee/server';
import { signalingEnvironment, signalingPlugin, type SignalingConfig } from '@perigee/signaling';

export type ControlPlane = {
  readonly server: RunningServer;
  readonly store: ControlStore;
  readonly bus: Bus;
  readonly playerUrl: string;
  readonly edgeUrl: string;
  close(): Promise<void>;
};

/** Starts it on a free port. `over` replaces values of signaling's configuration. */
export async function startControlPlane(
  over: Partial<SignalingConfig> = {},
  options: { webRoot?: string | null; apiRequestsPerMinute?: number } = {},
): Promise<ControlPlane> {
  const environment = { PERIGEE_PORT: '0', PERIGEE_METRICS_PORT: '0', PERIGEE_LOG_LEVEL: 'silent' };
  const config = {
    ...parseEnvironment(environment, { ...serverEnvironment, ...signalingEnvironment }),
    ...over,
    apiRequestsPerMinute: options.apiRequestsPerMinute ?? 600,
  };
  const logger = createLogger({ name: 'test', level: config.logLevel });
  const bus = createMemoryBus({ logger });
  const store = await openControlStore({ dataDir: null });
  const random = createSeededRandom(1);
  const server = await startServer({
    config,
    logger,
    bus,
    store,
    webRoot: options.webRoot ?? null,
    plugins: [signalingPlugin({ config, logger, bus, clock: systemClock, random })],
  });
  return {
    server,
    store,
    bus,
    playerUrl: `ws://127.0.0.1:${String(server.port)}/ws/player`,
    edgeUrl: `ws://127.0.0.1:${String(server.port)}/ws/edge`,
    close: async () => {
      await server.close();
      await bus.close();
      await store.close();
    },
  };
}
