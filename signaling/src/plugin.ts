// Puts signaling on a fastify application's port: WebSocket upgrades at /ws/player and /ws/edge.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyPluginAsync } from 'fastify';
import { WebSocketServer } from 'ws';
import { MAX_EDGE_MESSAGE_BYTES, MAX_PLAYER_MESSAGE_BYTES } from '@perigee/protocol';
import { SignalingService, type SignalingServiceOptions } from './service.ts';
import { addressKey } from './transport/address.ts';
import {
  createConnectionAdmission,
  isSameOrigin,
  type ConnectionAdmission,
} from './transport/admission.ts';
import type { Channel, ChannelListener } from './transport/channel.ts';
import { bindSocket } from './transport/socket-channel.ts';

/** Bytes that may wait for a peer that does not read (chosen: 16 of the largest messages). */
const MAX_BUFFERED_MESSAGES = 16;

type Endpoint = {
  readonly path: string;
  readonly sockets: WebSocketServer;
  readonly maxMessageBytes: number;
  readonly admission: ConnectionAdmission;
  readonly accept: (channel: Channel) => ChannelListener;
};

/**
 * Signaling as a fastify plugin. It takes every WebSocket upgrade of the application's server; when the application closes, sessions
 * end, links close and the sockets are ended before the listener waits for them.
 */
export function signalingPlugin(options: SignalingServiceOptions): FastifyPluginAsync {
  return (app) => {
    const service = new SignalingService(options);
    const endpoints = [
      createEndpoint(options, {
        path: '/ws/player',
        maxMessageBytes: MAX_PLAYER_MESSAGE_BYTES,
        accept: (channel) => service.acceptPlayer(channel),
      }),
      createEndpoint(options, {
        path: '/ws/edge',
        maxMessageBytes: MAX_EDGE_MESSAGE_BYTES,
        accept: (channel) => service.acceptEdge(channel),
      }),
    ];
    const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
      upgrade({ request, socket, head }, endpoints, { ...options, service });
    };
    app.server.on('upgrade', onUpgrade);
    // Before `close`: the HTTP server waits for upgraded sockets too.
    app.addHook('preClose', (done) => {
      app.server.off('upgrade', onUpgrade);
      service.close();
      for (const { sockets } of endpoints) closeSockets(sockets);
      done();
    });
    return Promise.resolve();
  };
}

function createEndpoint(
  { config }: SignalingServiceOptions,
  endpoint: Pick<Endpoint, 'path' | 'maxMessageBytes' | 'accept'>,
): Endpoint {
  return {
    ...endpoint,
    sockets: new WebSocketServer({
      noServer: true,
      maxPayload: endpoint.maxMessageBytes,
      // Messages are small and SDP is personal: compression costs memory per socket and opens CRIME-like questions.
      perMessageDeflate: false,
      clientTracking: true,
    }),
    admission: createConnectionAdmission(config),
  };
}

type Upgrade = {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
};

function upgrade(
  { request, socket, head }: Upgrade,
  endpoints: readonly Endpoint[],
  { clock, config, service }: SignalingServiceOptions & { service: SignalingService },
): void {
  // ws puts its own handler on; until then a reset must not end the process.
  socket.on('error', () => undefined);
  const refuse = (status: string): void => {
    service.counters.add('perigee_signaling_connections_refused_total', { status });
    const head = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
    socket.end(head, () => {
      socket.destroy();
    });
  };
  const path = (request.url ?? '').split('?')[0];
  const endpoint = endpoints.find((e) => e.path === path);
  if (endpoint === undefined) {
    refuse('404 Not Found');
    return;
  }
  if (!isSameOrigin(request.headers.origin, request.headers.host)) {
    refuse('403 Forbidden');
    return;
  }
  const key = addressKey(request.socket.remoteAddress);
  const leave = endpoint.admission.enter(key, clock.nowMs());
  if (leave === null) {
    refuse('429 Too Many Requests');
    return;
  }
  socket.once('close', leave);
  endpoint.sockets.handleUpgrade(request, socket, head, (ws) => {
    bindSocket({
      socket: ws,
      addressKey: key,
      clock,
      pingIntervalMs: config.pingIntervalMs,
      maxBufferedBytes: endpoint.maxMessageBytes * MAX_BUFFERED_MESSAGES,
      counters: service.counters,
      createListener: endpoint.accept,
    });
  });
}

/** Sockets get a moment for their last messages, then they are ended. */
function closeSockets(sockets: WebSocketServer): void {
  for (const socket of sockets.clients) {
    socket.close(1001);
    const timer = setTimeout(() => {
      socket.terminate();
    }, 500);
    socket.once('close', () => {
      clearTimeout(timer);
    });
  }
  sockets.close();
}
