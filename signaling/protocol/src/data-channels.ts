/**
 * The data channels of a peer connection; both sides create them with `negotiated: true` and these ids, so that they open with the
 * connection. `input`: input packets, page to edge. `telemetry`: input acks, edge to page. `control`: messages, both ways.
 */
export const DATA_CHANNELS = {
  input: { id: 0, negotiated: true, ordered: false, maxRetransmits: 0 },
  telemetry: { id: 1, negotiated: true, ordered: false, maxRetransmits: 0 },
  control: { id: 2, negotiated: true, ordered: true },
} as const;

export type DataChannelName = keyof typeof DATA_CHANNELS;
