/**
 * Cuts one coded frame into RTP payloads. Two steps, so that payloads are written straight into the packets that carry them:
 * `plan` looks, `write` copies. A packetiser belongs to one stream.
 */
export interface Packetiser {
  /** Plans one frame and returns the number of payloads (0 when there is nothing to send). Keeps a view of `frame` until the next call. */
  plan(frame: Uint8Array): number;
  /** Writes payload `index` of the planned frame at `offset`; returns its length, at most MAX_PAYLOAD_BYTES. */
  write(index: number, target: Uint8Array, offset: number): number;
}

/**
 * Largest RTP payload in bytes. Chosen: with RTP header, extensions, SRTP tag, RTX prefix, UDP and IPv6 a packet stays below 1280, IPv6's smallest MTU.
 */
export const MAX_PAYLOAD_BYTES = 1150;
