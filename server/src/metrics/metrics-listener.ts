import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { collectDefaultMetrics, Registry } from 'prom-client';
import {
  background,
  subscribeTopic,
  TOPICS,
  type Bus,
  type Logger,
  type MetricsSample,
} from '@perigee/kit';
import { toListenError } from '../http/listen.ts';
import { renderSamples } from './sample-text.ts';

/** Processes whose samples are kept; more would be a fault of ours. */
const MAX_SOURCES = 64;

export type MetricsListener = {
  readonly registry: Registry;
  /** Port it listens on. */
  readonly port: number;
  close(): Promise<void>;
};

export type MetricsListenerOptions = {
  readonly host: string;
  readonly port: number;
  readonly bus: Bus;
  readonly logger: Logger;
};

/**
 * Serves `/metrics` on a listener of its own: this process's numbers and what others publish on `metrics.sample`.
 * @throws {ConfigError} config: the port is in use or the address is not ours
 */
export async function startMetricsListener(
  options: MetricsListenerOptions,
): Promise<MetricsListener> {
  const { bus, logger } = options;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'perigee_' });
  const samples = new Map<string, MetricsSample>();
  const subscription = subscribeTopic(bus, TOPICS.metricsSample, {
    logger,
    handler: (sample) => {
      if (samples.has(sample.source) || samples.size < MAX_SOURCES) {
        samples.set(sample.source, sample);
      }
    },
  });
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    const answer = registry.metrics().then((text) => {
      response
        .writeHead(200, { 'content-type': registry.contentType, 'cache-control': 'no-store' })
        .end(text + renderSamples(samples.values()));
    });
    background('answer /metrics', answer, logger);
  });
  const port = await listen(server, options);
  return {
    registry,
    port,
    close: async () => {
      subscription.close();
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function listen(server: Server, options: MetricsListenerOptions): Promise<number> {
  const { host, port } = options;
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw toListenError(error, {
      host,
      port,
      portKey: 'PERIGEE_METRICS_PORT',
      hostKey: 'PERIGEE_METRICS_LISTEN_HOST',
    });
  }
  return (server.address() as AddressInfo).port;
}
