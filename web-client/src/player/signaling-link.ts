// The WebSocket to signaling: bytes in and out of the protocol's union, nothing decided here.
import {
  encodeMessage,
  parseSignalingToPlayer,
  type PlayerToSignaling,
  type SignalingToPlayer,
} from '@perigee/protocol';

/** Never called after `close()`. */
export type LinkHandlers = {
  readonly onOpen: () => void;
  readonly onMessage: (message: SignalingToPlayer) => void;
  /** WebSocket close code; 1006 when the connection was never made or was lost. */
  readonly onClose: (code: number) => void;
};

export type Link = {
  readonly isOpen: () => boolean;
  /** Dropped when the socket is not open. */
  readonly send: (message: PlayerToSignaling) => void;
  /** Messages that this page did not understand. */
  readonly malformedMessages: () => number;
  /** Idempotent; messages already sent still leave. */
  readonly close: () => void;
};

/** Address of the player's socket on the origin of the page. */
export function signalingUrl(location: { protocol: string; host: string }): string {
  return `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}/ws/player`;
}

/** Opens the socket. */
export function openLink(url: string, handlers: LinkHandlers): Link {
  const socket = new WebSocket(url);
  socket.binaryType = 'arraybuffer';
  let isClosed = false;
  let malformed = 0;
  socket.onopen = () => {
    if (!isClosed) handlers.onOpen();
  };
  socket.onmessage = (event: MessageEvent<unknown>) => {
    if (isClosed) return;
    const result =
      event.data instanceof ArrayBuffer
        ? parseSignalingToPlayer(new Uint8Array(event.data))
        : undefined;
    if (result?.ok === true) handlers.onMessage(result.message);
    else malformed++;
  };
  socket.onclose = (event) => {
    if (!isClosed) handlers.onClose(event.code);
    isClosed = true;
  };
  return {
    isOpen: () => socket.readyState === WebSocket.OPEN,
    send: (message) => {
      // A copy on an ArrayBuffer of its own: the encoder may hand out a view of a shared one.
      if (socket.readyState === WebSocket.OPEN) socket.send(encodeMessage(message).slice());
    },
    malformedMessages: () => malformed,
    close: () => {
      isClosed = true;
      socket.close(1000);
    },
  };
}
