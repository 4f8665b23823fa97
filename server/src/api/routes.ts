import { isIP } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TitleId } from '@perigee/protocol';
import type { ControlStore } from '../store/control-store.ts';
import { ApiError } from './errors.ts';
import { errorBody, healthBody, sessionBody, titleBody } from './schemas.ts';

export type ApiRoutesOptions = {
  readonly store: ControlStore;
  readonly version: string;
  /** Seconds since the start. */
  readonly uptimeSeconds: () => number;
};

/** Registers the routes of /api/v1 on `app`, which carries the prefix. */
export function registerApiRoutes(app: FastifyInstance, options: ApiRoutesOptions): void {
  registerTitleRoutes(app, options.store);
  registerSessionRoutes(app, options.store);
  registerHealthRoute(app, options);
  app.get(
    '/openapi.json',
    {
      schema: {
        summary: 'This document',
        tags: ['meta'],
        response: { 200: { type: 'object', additionalProperties: true }, 429: errorBody },
      },
    },
    () => app.swagger(),
  );
}

function registerTitleRoutes(app: FastifyInstance, store: ControlStore): void {
  app.get(
    '/titles',
    {
      schema: {
        summary: 'The catalogue',
        description: 'Every title that an edge ever offered; titles of edges that are offline too.',
        tags: ['catalogue'],
        response: {
          200: {
            type: 'object',
            required: ['titles'],
            properties: { titles: { type: 'array', items: titleBody } },
          },
          429: errorBody,
        },
      },
    },
    async () => ({ titles: await store.titles.list() }),
  );
  app.get<{ Params: { titleId: TitleId } }>(
    '/titles/:titleId',
    {
      schema: {
        summary: 'One title',
        tags: ['catalogue'],
        params: {
          type: 'object',
          required: ['titleId'],
          properties: { titleId: { type: 'string', pattern: '^[a-z0-9][a-z0-9-]{0,63}$' } },
        },
        response: { 200: titleBody, 400: errorBody, 404: errorBody, 429: errorBody },
      },
    },
    async (request) => {
      const title = await store.titles.find(request.params.titleId);
      if (title === null) throw new ApiError('unknown-title');
      return title;
    },
  );
}

function registerSessionRoutes(app: FastifyInstance, store: ControlStore): void {
  app.get<{ Querystring: { limit: number } }>(
    '/sessions',
    {
      schema: {
        summary: 'Sessions, newest first',
        description: 'For the operator: answered on the loopback interface only.',
        tags: ['operator'],
        querystring: {
          type: 'object',
          additionalProperties: false,
          properties: { limit: { type: 'integer', minimum: 1, maximum: 500, default: 100 } },
        },
        response: {
          200: {
            type: 'object',
            required: ['sessions'],
            properties: { sessions: { type: 'array', items: sessionBody } },
          },
          400: errorBody,
          403: errorBody,
          429: errorBody,
        },
      },
    },
    async (request) => {
      if (!isLocalRequest(request)) throw new ApiError('forbidden');
      const rows = await store.sessions.list({ limit: request.query.limit });
      return {
        sessions: rows.map((row) => ({
          sessionId: row.session_id,
          titleId: row.title_id,
          edgeNodeId: row.edge_node_id,
          state: row.state,
          code: row.code,
          createdAt: new Date(row.created_at_ms).toISOString(),
          updatedAt: new Date(row.updated_at_ms).toISOString(),
        })),
      };
    },
  );
}

function registerHealthRoute(app: FastifyInstance, options: ApiRoutesOptions): void {
  const { store } = options;
  app.get(
    '/health',
    {
      schema: {
        summary: 'Whether this control plane works',
        tags: ['meta'],
        response: { 200: healthBody, 429: errorBody },
      },
    },
    async () => {
      const edgesOnline = await store.edges.countOnline();
      return {
        status: edgesOnline > 0 ? 'ok' : 'degraded',
        version: options.version,
        uptimeSeconds: options.uptimeSeconds(),
        edgesOnline,
        sessionsRunning: await store.sessions.countRunning(),
      };
    },
  );
}

/** From this machine, and asked for by a loopback name (a page that rebinds its own name to 127.0.0.1 is not). */
function isLocalRequest(request: FastifyRequest): boolean {
  return isLoopbackAddress(request.socket.remoteAddress ?? '') && isLoopbackName(request.hostname);
}

function isLoopbackName(hostname: string): boolean {
  const name = hostname.replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || isLoopbackAddress(name);
}

/** IPv4 127.0.0.0/8, IPv6 ::1, and the former mapped into IPv6 (RFC 4291 section 2.5.5.2). */
function isLoopbackAddress(address: string): boolean {
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address;
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}
