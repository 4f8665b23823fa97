// Binds one ws socket to a state machine: pings, dead peers, peers that do not read.
import type { WebSocket } from 'ws';
import type { CancelTimer, Clock, Timers } from '@perigee/kit';
import type { Counters } from '../counters.ts';
import type { Channel, ChannelListener } from './channel.ts';

/** A peer may miss this many pings before it counts as dead. */
const MAX_SILENT_PINGS = 3;
/** How long the closing handshake may take, ms (chosen). */
const CLOSE_TIMEOUT_MS = 2000;

export type SocketChannelOptions = {
  readonly socket: WebSocket;
  readonly addressKey: string;
  readonly clock: Clock & Timers;
  readonly pingIntervalMs: number;
  /** Bytes that may wait for a peer that does not read. */
  readonly maxBufferedBytes: number;
  readonly counters: Counters;
  readonly createListener: (channel: Channel) => ChannelListener;
};

/** Takes the socket over until it is closed. */
export function bindSocket(options: SocketChannelOptions): void {
  const { socket, clock, counters } = options;
  let silentPings = 0;
  let cancelPing: CancelTimer = () => undefined;
  let cancelClose: CancelTimer = () => undefined;
  let isClosing = false;

  const channel: Channel = {
    addressKey: options.addressKey,
    send: (bytes) => {
      if (isClosing || socket.readyState !== socket.OPEN) return;
      socket.send(bytes);
      if (socket.bufferedAmount <= options.maxBufferedBytes) return;
      counters.add('perigee_signaling_slow_peers_total');
      socket.terminate();
    },
    close: (closeCode, reason) => {
      if (isClosing) return;
      isClosing = true;
      socket.close(closeCode, reason);
      cancelClose = clock.after(CLOSE_TIMEOUT_MS, () => {
        socket.terminate();
      });
    },
  };
  const listener = options.createListener(channel);

  const ping = (): void => {
    if (silentPings >= MAX_SILENT_PINGS) {
      socket.terminate();
      return;
    }
    silentPings += 1;
    if (socket.readyState === socket.OPEN) socket.ping();
    cancelPing = clock.after(options.pingIntervalMs, ping);
  };
  cancelPing = clock.after(options.pingIntervalMs, ping);
  const isAlive = (): void => {
    silentPings = 0;
  };
  socket.on('pong', isAlive);
  socket.on('ping', isAlive);
  socket.on('message', (data, isBinary) => {
    isAlive();
    if (isClosing) return;
    listener.receive(isBinary && data instanceof Buffer ? copy(data) : null);
  });
  socket.on('error', () => {
    // A frame that breaks RFC 6455 or is above maxPayload: ws closes with 1002 or 1009 by itself.
    counters.add('perigee_signaling_malformed_messages_total', { reason: 'websocket' });
  });
  socket.on('close', () => {
    cancelPing();
    cancelClose();
    isClosing = true;
    listener.closed();
  });
}

/** ws may hand out a view of a larger pooled buffer; a message that is kept must not keep that alive. */
function copy(data: Buffer): Uint8Array {
  return new Uint8Array(data);
}
