/** One WebSocket as the state machines see it; tests put a list in its place. */
export type Channel = {
  /** Whom limits count: an IPv4 address or an IPv6 /64. */
  readonly addressKey: string;
  /** Sends one binary message; does nothing once closed. Ends the connection when the peer does not read. */
  send(bytes: Uint8Array): void;
  /** Starts the closing handshake; the socket is destroyed if the peer does not take part. Idempotent. */
  close(closeCode: number, reason: string): void;
};

/** The other direction. */
export type ChannelListener = {
  /** One whole message; null when it was not binary. The buffer belongs to the listener. */
  receive(bytes: Uint8Array | null): void;
  /** The socket is gone, for whatever reason. Called once. */
  closed(): void;
};
