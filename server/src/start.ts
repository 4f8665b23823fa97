// The control plane's HTTP process: REST, web client, metrics; other parts (signaling) join its port as fastify plugins.
import type { AddressInfo } from 'node:net';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import type { Bus, Logger } from '@perigee/kit';
import { recordEvents } from './catalogue/record-events.ts';
import type { ServerConfig } from './config.ts';
import { createApp } from './http/create-app.ts';
import { toListenError } from './http/listen.ts';
import { createHttpMetrics } from './metrics/http-metrics.ts';
import { startMetricsListener } from './metrics/metrics-listener.ts';
import type { ControlStore } from './store/control-store.ts';
import serverPackage from '../package.json' with { type: 'json' };

export { parseServerConfig, serverEnvironment, type ServerConfig } from './config.ts';
export {
  openControlStore,
  type ControlStore,
  type OpenControlStoreOptions,
} from './store/control-store.ts';
export type { CatalogueTitle } from './store/title-rows.ts';

export type StartServerOptions = {
  readonly config: ServerConfig;
  readonly logger: Logger;
  /** Owned by the caller. */
  readonly bus: Bus;
  /** Owned by the caller; must stay open until `close()` resolved. */
  readonly store: ControlStore;
  /** Folder of the built web client; null serves none. */
  readonly webRoot: string | null;
  /** Registered on the application before it listens. */
  readonly plugins?: readonly FastifyPluginAsync[];
};

export type RunningServer = {
  /** Address players open, such as http://127.0.0.1:8080 (an IPv6 host in brackets). */
  readonly address: string;
  readonly port: number;
  /** Address of /metrics. */
  readonly metricsAddress: string;
  readonly app: FastifyInstance;
  /** Stops listening, closes plugins and connections, then waits for writes under way. Idempotent. */
  close(): Promise<void>;
};

/**
 * Starts the server: metrics listener, event recorder, application, public listener, in this order; closed in the reverse order.
 * @throws {ConfigError} config: a port is in use or an address is not ours; nothing is left open then
 */
export async function startServer(options: StartServerOptions): Promise<RunningServer> {
  const { config, logger, bus, store } = options;
  await store.edges.setAllOffline();
  await store.sessions.endAll();
  const metrics = await startMetricsListener({
    host: config.metricsListenHost,
    port: config.metricsPort,
    bus,
    logger,
  });
  const recorder = recordEvents({ bus, store, logger });
  const startedMs = performance.now();
  const app = await createApp({
    logger,
    store,
    webRoot: options.webRoot,
    apiRequestsPerMinute: config.apiRequestsPerMinute,
    metrics: createHttpMetrics(metrics.registry),
    version: serverPackage.version,
    uptimeSeconds: () => (performance.now() - startedMs) / 1000,
  });
  const closeAll = async (): Promise<void> => {
    await app.close();
    await recorder.close();
    await metrics.close();
  };
  try {
    for (const plugin of options.plugins ?? []) await app.register(plugin);
    await app.listen({ host: config.listenHost, port: config.port });
  } catch (error) {
    await closeAll();
    throw toListenError(error, {
      host: config.listenHost,
      port: config.port,
      portKey: 'PERIGEE_PORT',
      hostKey: 'PERIGEE_LISTEN_HOST',
    });
  }
  const { port } = app.server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  return {
    address: `http://${urlHost(config.listenHost)}:${String(port)}`,
    port,
    metricsAddress: `http://${urlHost(config.metricsListenHost)}:${String(metrics.port)}/metrics`,
    app,
    close: () => (closing ??= closeAll()),
  };
}

/** What a browser on this machine can open: "any address" is not one. */
function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
