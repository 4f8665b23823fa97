import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
} from 'fastify';
import type { Logger } from '@perigee/kit';
import { ApiError, toApiError } from '../api/errors.ts';
import { registerApiRoutes, type ApiRoutesOptions } from '../api/routes.ts';
import type { HttpMetrics } from '../metrics/http-metrics.ts';
import { addSecurityHeaders, SECURITY_HEADERS, serveWebClient } from './web-client.ts';

export type CreateAppOptions = ApiRoutesOptions & {
  readonly logger: Logger;
  readonly webRoot: string | null;
  readonly apiRequestsPerMinute: number;
  readonly metrics: HttpMetrics;
};

/** Builds the HTTP application: REST under /api/v1, the web client elsewhere. It does not listen yet. */
export async function createApp(options: CreateAppOptions): Promise<FastifyInstance> {
  // As fastify's own type of logger: pino's would become part of the type of everything registered.
  const logger: FastifyBaseLogger = options.logger;
  const app = fastify({
    loggerInstance: logger,
    // Addresses and paths are personal: requests are counted, not logged.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 64 * 1024,
    // Slow request heads and bodies are cut; upgraded sockets are not under this limit.
    requestTimeout: 15_000,
    keepAliveTimeout: 10_000,
    forceCloseConnections: true,
    // A path that cannot be decoded comes before hooks and error handler.
    frameworkErrors: (error, _request, reply) => {
      const apiError = toApiError(error);
      // The types of a route's own answers do not apply: there is no route yet.
      const bare = reply as unknown as FastifyReply;
      void bare.code(apiError.statusCode).headers(SECURITY_HEADERS).send(apiError.body());
    },
    ajv: { customOptions: { coerceTypes: true, removeAdditional: false } },
  });
  app.setErrorHandler((error, request, reply) => {
    const apiError = toApiError(error);
    if (apiError.code === 'internal') request.log.error({ err: error }, 'request failed');
    return reply.code(apiError.statusCode).send(apiError.body());
  });
  addSecurityHeaders(app);
  app.addHook('onResponse', (request, reply, done) => {
    options.metrics.observe({
      method: request.method,
      route: request.routeOptions.url ?? '(none)',
      status: reply.statusCode,
      durationSeconds: reply.elapsedTime / 1000,
    });
    done();
  });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Perigee control plane',
        description: 'Catalogue, sessions and health. Failures answer {code, message}.',
        version: options.version,
      },
    },
  });
  await app.register(
    async (api) => {
      api.addHook('onSend', (_request, reply, _payload, done) => {
        void reply.header('cache-control', 'no-store');
        done();
      });
      await api.register(rateLimit, {
        max: options.apiRequestsPerMinute,
        timeWindow: 60_000,
        cache: 10_000,
        errorResponseBuilder: () => new ApiError('rate-limited'),
      });
      registerApiRoutes(api, options);
    },
    { prefix: '/api/v1' },
  );
  await serveWebClient(app, options.webRoot);
  return app;
}
