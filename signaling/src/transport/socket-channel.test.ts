import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { createFakeClock } from '@perigee/kit/testing';
import { createCounters } from '../counters.ts';
import type { Channel } from './channel.ts';
import { bindSocket } from './socket-channel.ts';

/** As much of ws as the channel uses. */
class FakeWebSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  pings = 0;
  sent = 0;
  closedWith: number | null = null;
  isTerminated = false;
  ping(): void {
    this.pings += 1;
  }
  send(bytes: Uint8Array): void {
    this.sent += bytes.byteLength;
  }
  close(code: number): void {
    this.closedWith = code;
  }
  terminate(): void {
    this.isTerminated = true;
    this.readyState = 3;
    this.emit('close');
  }
}

function bind() {
  const socket = new FakeWebSocket();
  const clock = createFakeClock();
  const counters = createCounters();
  const received: (Uint8Array | null)[] = [];
  let closed = 0;
  let channel: Channel | undefined;
  bindSocket({
    socket: socket as unknown as WebSocket,
    addressKey: 'a',
    clock,
    pingIntervalMs: 5000,
    maxBufferedBytes: 1000,
    counters,
    createListener: (c) => {
      channel = c;
      return { receive: (bytes) => void received.push(bytes), closed: () => void (closed += 1) };
    },
  });
  if (channel === undefined) throw new Error('no channel');
  return { socket, clock, counters, received, channel, closed: () => closed };
}

describe('a socket channel', () => {
  it('ends a peer that misses three pings, and not one that answers', () => {
    const alive = bind();
    const dead = bind();
    for (let n = 0; n < 10; n += 1) {
      alive.clock.advance(5000);
      alive.socket.emit('pong');
      if (n < 3) dead.clock.advance(5000);
    }
    expect(alive.socket.isTerminated).toBe(false);
    expect(alive.socket.pings).toBe(10);
    expect(dead.socket.isTerminated).toBe(false);
    dead.clock.advance(5000);
    expect(dead.socket.isTerminated).toBe(true);
    expect(dead.closed()).toBe(1);
    expect(dead.clock.pendingTimers()).toBe(0);
  });

  it('ends a peer that does not read', () => {
    const { socket, channel, counters } = bind();
    channel.send(new Uint8Array(10));
    expect(socket.isTerminated).toBe(false);
    socket.bufferedAmount = 1001;
    channel.send(new Uint8Array(10));
    expect(socket.isTerminated).toBe(true);
    expect(counters.get('perigee_signaling_slow_peers_total')).toBe(1);
  });

  it('hands over copies, null for text, and nothing once it is closing', () => {
    const { socket, channel, received, clock, closed } = bind();
    const data = Buffer.from([1, 2]);
    socket.emit('message', data, true);
    data.fill(9);
    socket.emit('message', Buffer.from('text'), false);
    expect(received).toEqual([Uint8Array.of(1, 2), null]);
    channel.close(4400, '');
    channel.close(4500, '');
    expect(socket.closedWith).toBe(4400);
    socket.emit('message', data, true);
    channel.send(data);
    expect(received).toHaveLength(2);
    expect(socket.sent).toBe(0);
    // A peer that does not take part in closing is ended.
    clock.advance(2000);
    expect(socket.isTerminated).toBe(true);
    expect(closed()).toBe(1);
  });
});
