import type { RTCDataChannel, RTCPeerConnection } from 'werift';
import { DATA_CHANNELS } from '@perigee/protocol';

export type ChannelName = keyof typeof DATA_CHANNELS;

export type DataChannelEvents = {
  /** `bytes` is a view that belongs to the receiver. */
  onMessage(channel: ChannelName, bytes: Uint8Array): void;
  onOpen(channel: ChannelName): void;
  /** A text message, or one longer than the limit, was dropped. */
  onRefused(): void;
};

/** Unsent bytes above which an unreliable channel drops new messages: they would only arrive late. */
const MAX_UNRELIABLE_BACKLOG_BYTES = 16 * 1024;
/** Above this the reliable channel is taken for stuck (chosen: 60 times what the edge sends in a second). */
const MAX_RELIABLE_BACKLOG_BYTES = 128 * 1024;
/** Longest message accepted on any channel. */
const MAX_MESSAGE_BYTES = 16 * 1024;

/** The three negotiated data channels of a peer. */
export class DataChannels {
  readonly #channels: Record<ChannelName, RTCDataChannel>;

  constructor(connection: RTCPeerConnection, events: () => DataChannelEvents | undefined) {
    const open = (name: ChannelName): RTCDataChannel => {
      const channel = connection.createDataChannel(name, { ...DATA_CHANNELS[name] });
      channel.stateChange.subscribe((state) => {
        if (state === 'open') events()?.onOpen(name);
      });
      channel.onMessage.subscribe((data) => {
        if (typeof data === 'string' || data.length > MAX_MESSAGE_BYTES) events()?.onRefused();
        else deliver(() => events()?.onMessage(name, data));
      });
      return channel;
    };
    this.#channels = {
      input: open('input'),
      telemetry: open('telemetry'),
      control: open('control'),
    };
  }

  /** Sends at once; false when the channel is not open or too much waits in it. Never throws. */
  send(name: ChannelName, bytes: Uint8Array): boolean {
    const channel = this.#channels[name];
    const limit = name === 'control' ? MAX_RELIABLE_BACKLOG_BYTES : MAX_UNRELIABLE_BACKLOG_BYTES;
    if (channel.readyState !== 'open' || channel.bufferedAmount > limit) return false;
    try {
      channel.send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      return true;
    } catch {
      return false;
    }
  }
}

/** A fault of ours must not be taken for a malformed packet by the guard around SCTP: it goes to the process's own handler. */
function deliver(handle: () => void): void {
  try {
    handle();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
