import { randomBytes } from 'node:crypto';
import { MAX_CONTROL_MESSAGE_BYTES } from '@perigee/protocol';
import {
  MediaStreamTrack,
  RTCPeerConnection,
  RTCRtpCodecParameters,
  RTCRtpHeaderExtensionParameters,
  type RTCRtpTransceiver,
} from 'werift';
import { EXTENSION_URI } from '../rtp/header-extension.ts';
import { bindInOneStep } from './werift-internals.ts';

/** Where ICE may gather. */
export type IceOptions = {
  /** Local addresses to offer; empty means all. */
  readonly hostAddresses: readonly string[];
  /** Inclusive UDP port range; null lets the system choose. */
  readonly portRange: readonly [number, number] | null;
};

export type OfferingConnection = {
  readonly connection: RTCPeerConnection;
  readonly video: RTCRtpTransceiver;
  readonly audio: RTCRtpTransceiver;
};

const VIDEO_FEEDBACK = [
  { type: 'transport-cc' },
  { type: 'ccm', parameter: 'fir' },
  { type: 'nack' },
  { type: 'nack', parameter: 'pli' },
];

/** A peer connection with everything that we offer: H.264 and VP8 with retransmission, Opus in a stream of its own, header extensions. */
export function createOfferingConnection(ice: IceOptions): OfferingConnection {
  bindInOneStep();
  const isChosen = ice.hostAddresses.length > 0;
  const connection = new RTCPeerConnection({
    // Otherwise werift builds one ICE and DTLS transport per m-line.
    bundlePolicy: 'max-bundle',
    codecs: { video: videoCodecs(), audio: [opus()] },
    headerExtensions: headerExtensions(),
    iceServers: [],
    iceUseTcp: false,
    // Where addresses are named, no other interface gets a socket.
    iceUseIpv4: !isChosen,
    iceUseIpv6: !isChosen,
    iceAdditionalHostAddresses: isChosen ? [...ice.hostAddresses] : undefined,
    icePortRange: ice.portRange === null ? undefined : [ice.portRange[0], ice.portRange[1]],
    maxMessageSize: MAX_CONTROL_MESSAGE_BYTES,
  });
  const video = connection.addTransceiver(new MediaStreamTrack({ kind: 'video' }), {
    direction: 'sendonly',
  });
  const audio = connection.addTransceiver(new MediaStreamTrack({ kind: 'audio' }), {
    direction: 'sendonly',
  });
  // Two MediaStreams: with one, the browser would hold the picture back for lip-sync.
  video.sender.streamId = `screen-${randomBytes(4).toString('hex')}`;
  audio.sender.streamId = `sound-${randomBytes(4).toString('hex')}`;
  return { connection, video, audio };
}

function videoCodecs(): RTCRtpCodecParameters[] {
  // werift gives a payload type to each and points each rtx at the codec before it.
  const rtx = () => new RTCRtpCodecParameters({ mimeType: 'video/rtx', clockRate: 90_000 });
  return [
    new RTCRtpCodecParameters({
      mimeType: 'video/H264',
      clockRate: 90_000,
      rtcpFeedback: VIDEO_FEEDBACK,
      parameters: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
    }),
    rtx(),
    new RTCRtpCodecParameters({
      mimeType: 'video/VP8',
      clockRate: 90_000,
      rtcpFeedback: VIDEO_FEEDBACK,
    }),
    rtx(),
  ];
}

function opus(): RTCRtpCodecParameters {
  return new RTCRtpCodecParameters({
    mimeType: 'audio/opus',
    clockRate: 48_000,
    channels: 2,
    // What we would like to receive; said so that the answer says the same of what it takes (RFC 7587 6.1).
    parameters: 'minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1',
  });
}

function headerExtensions() {
  // One object for both kinds, so that werift gives both m-lines the same id.
  const mid = new RTCRtpHeaderExtensionParameters({ uri: EXTENSION_URI.mid });
  return {
    audio: [mid],
    video: [
      mid,
      new RTCRtpHeaderExtensionParameters({ uri: EXTENSION_URI.transportWideCc01 }),
      new RTCRtpHeaderExtensionParameters({ uri: EXTENSION_URI.transportWideCc02 }),
      new RTCRtpHeaderExtensionParameters({ uri: EXTENSION_URI.playoutDelay }),
    ],
  };
}

/** Keeps only candidates on the wanted addresses (all when none is named): werift gathers on every interface. */
export function keepWantedCandidates(sdp: string, hostAddresses: readonly string[]): string {
  if (hostAddresses.length === 0) return sdp;
  return sdp
    .split(/(?<=\n)/)
    .filter((line) => !line.startsWith('a=candidate:') || isWantedCandidate(line, hostAddresses))
    .join('');
}

/** Whether a candidate line stands on one of the wanted addresses. */
export function isWantedCandidate(candidate: string, hostAddresses: readonly string[]): boolean {
  return hostAddresses.length === 0 || hostAddresses.includes(candidate.split(' ')[4] ?? '');
}
