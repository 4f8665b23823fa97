import type { Capabilities } from '@perigee/protocol';

type VideoCodec = Capabilities['codecs'][number];

const clamp = (value: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, Number.isFinite(value) ? value : low));

/** The codecs of ours among the MIME types that a receiver can decode, in our order of preference. */
export function knownCodecs(mimeTypes: readonly string[]): VideoCodec[] {
  const lower = new Set(mimeTypes.map((type) => type.toLowerCase()));
  const table: readonly [VideoCodec, string][] = [
    ['h264', 'video/h264'],
    ['vp8', 'video/vp8'],
  ];
  return table.flatMap(([codec, mimeType]) => (lower.has(mimeType) ? [codec] : []));
}

/** Whether the browser has WebRTC at all. Which codecs it decodes travels in `hello`, and signaling refuses when none fits. */
export function hasWebRtc(): boolean {
  return typeof RTCPeerConnection === 'function' && typeof RTCRtpReceiver === 'function';
}

function receiverCodecs(): VideoCodec[] {
  const capabilities = RTCRtpReceiver.getCapabilities('video');
  return knownCodecs((capabilities?.codecs ?? []).map((codec) => codec.mimeType));
}

function networkType(): string {
  const connection = (
    navigator as Navigator & { connection?: { type?: string; effectiveType?: string } }
  ).connection;
  return (connection?.type ?? connection?.effectiveType ?? 'unknown').slice(0, 32);
}

/** What this browser and device bring; the numbers lie within the ranges of the protocol. */
export function readCapabilities({ refreshHz }: { refreshHz: number }): Capabilities {
  const pads = typeof navigator.getGamepads === 'function' ? navigator.getGamepads() : [];
  return {
    codecs: receiverCodecs(),
    screen: {
      widthPx: Math.round(clamp(screen.width * devicePixelRatio, 1, 16384)),
      heightPx: Math.round(clamp(screen.height * devicePixelRatio, 1, 16384)),
      pixelRatio: clamp(devicePixelRatio, 0.1, 16),
      refreshHz: clamp(refreshHz, 1, 1000),
    },
    touchPoints: clamp(Math.trunc(navigator.maxTouchPoints), 0, 32),
    pads: clamp(pads.filter((pad) => pad !== null).length, 0, 16),
    network: networkType(),
  };
}
