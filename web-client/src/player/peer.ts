// The RTCPeerConnection of one peer: the edge offers, this page answers (DESIGN.md decision 4).
import {
  DATA_CHANNELS,
  encodeMessage,
  parseEdgeToPlayerControl,
  type EdgeToPlayerControl,
  type PlayerToEdgeControl,
  type SignalingToPlayer,
} from '@perigee/protocol';
import { acceptStereo, acceptTransportWideCc02, rejectsVideo } from './answer-sdp.ts';

export type Offer = Extract<SignalingToPlayer, { type: 'offer' }>;
/** One ICE candidate as it travels; the empty string is end-of-candidates. */
export type TrickledCandidate = {
  readonly candidate: string;
  readonly sdpMid: string | null;
  readonly sdpMLineIndex: number | null;
};

/** Never called after `close()`. */
export type PeerHandlers = {
  readonly onAnswer: (sdp: string) => void;
  readonly onCandidate: (candidate: TrickledCandidate) => void;
  /** `refused`: the browser takes none of the offered codecs. `broken`: it could not use the offer at all. */
  readonly onNegotiationFailed: (reason: 'refused' | 'broken') => void;
  /** `interrupted` may heal by itself, `failed` does not. */
  readonly onMedia: (state: 'connected' | 'interrupted' | 'failed') => void;
  readonly onTrack: (track: MediaStreamTrack) => void;
  readonly onControl: (message: EdgeToPlayerControl) => void;
  readonly onTelemetry: (bytes: Uint8Array) => void;
};

export type Peer = {
  readonly connection: RTCPeerConnection;
  readonly addCandidate: (candidate: TrickledCandidate) => void;
  /** Dropped (false) unless the channel is open and its buffer is short: the newest packet supersedes a late one. */
  readonly sendInput: (bytes: Uint8Array<ArrayBuffer>) => boolean;
  readonly sendControl: (message: PlayerToEdgeControl) => void;
  /** Idempotent. */
  readonly close: () => void;
};

/** Chosen: about ten packets; beyond that the path is stuck and the sender repeats itself anyway. */
const MAX_BUFFERED_INPUT_BYTES = 8 * 1024;
const MAX_EARLY_CANDIDATES = 64;

/** A connection made before the offer is here: the browser's WebRTC threads start meanwhile. */
export function prepareConnection(): RTCPeerConnection {
  return new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
}

function toIceServers(offer: Offer): RTCIceServer[] {
  return offer.iceServers.map(({ urls, username, credential }) => ({
    urls,
    ...(username === undefined ? {} : { username }),
    ...(credential === undefined ? {} : { credential }),
  }));
}

/** The answer that stands; undefined when the browser takes none of the codecs. */
async function negotiate(
  connection: RTCPeerConnection,
  offerSdp: string,
): Promise<string | undefined> {
  await connection.setRemoteDescription({ type: 'offer', sdp: offerSdp });
  const answer = await connection.createAnswer();
  const own = answer.sdp ?? '';
  if (rejectsVideo(own)) return undefined;
  const edited = acceptStereo(acceptTransportWideCc02(own, offerSdp));
  try {
    await connection.setLocalDescription({ type: 'answer', sdp: edited });
  } catch (error) {
    if (edited === own) throw error;
    await connection.setLocalDescription({ type: 'answer', sdp: own });
    return own;
  }
  return edited;
}

/** Collects candidates until `open` is called, then passes them on in order. Bounded. */
function candidateGate(deliver: (candidate: TrickledCandidate) => void) {
  let early: TrickledCandidate[] | undefined = [];
  return {
    push: (candidate: TrickledCandidate): void => {
      if (early === undefined) deliver(candidate);
      else if (early.length < MAX_EARLY_CANDIDATES) early.push(candidate);
    },
    open: (): void => {
      const waiting = early ?? [];
      early = undefined;
      waiting.forEach(deliver);
    },
  };
}

function openChannels(connection: RTCPeerConnection, handlers: PeerHandlers) {
  const open = (name: keyof typeof DATA_CHANNELS): RTCDataChannel => {
    const channel = connection.createDataChannel(name, { ...DATA_CHANNELS[name] });
    channel.binaryType = 'arraybuffer';
    return channel;
  };
  const input = open('input');
  const telemetry = open('telemetry');
  const control = open('control');
  telemetry.onmessage = (event: MessageEvent<unknown>) => {
    if (event.data instanceof ArrayBuffer) handlers.onTelemetry(new Uint8Array(event.data));
  };
  control.onmessage = (event: MessageEvent<unknown>) => {
    if (!(event.data instanceof ArrayBuffer)) return;
    const result = parseEdgeToPlayerControl(new Uint8Array(event.data));
    if (result.ok) handlers.onControl(result.message);
  };
  return { input, telemetry, control };
}

function watchConnection(connection: RTCPeerConnection, handlers: PeerHandlers): void {
  connection.onconnectionstatechange = () => {
    const state = connection.connectionState;
    if (state === 'connected') handlers.onMedia('connected');
    else if (state === 'disconnected') handlers.onMedia('interrupted');
    else if (state === 'failed') handlers.onMedia('failed');
  };
  connection.ontrack = ({ track, receiver }) => {
    // Video only: a zero target makes sound stutter (MEDIA.md section 3, PEERS.md 3.4).
    if (track.kind === 'video' && 'jitterBufferTarget' in receiver) receiver.jitterBufferTarget = 0;
    handlers.onTrack(track);
  };
}

function silence(connection: RTCPeerConnection): void {
  connection.onconnectionstatechange = null;
  connection.ontrack = null;
  connection.onicecandidate = null;
  connection.close();
}

/** Takes the edge's offer and answers it; `prepared` is used up. */
export function openPeer(
  offer: Offer,
  handlers: PeerHandlers,
  prepared = prepareConnection(),
): Peer {
  const connection = prepared;
  let isClosed = false;
  if (offer.iceServers.length > 0) {
    connection.setConfiguration({ bundlePolicy: 'max-bundle', iceServers: toIceServers(offer) });
  }
  const channels = openChannels(connection, handlers);
  watchConnection(connection, handlers);
  const local = candidateGate(handlers.onCandidate);
  const remote = candidateGate((candidate) => {
    // A candidate that the browser cannot use (an address family it lacks) is no fault of the session.
    connection
      .addIceCandidate({
        ...candidate,
        sdpMLineIndex: candidate.sdpMLineIndex ?? (candidate.sdpMid === null ? 0 : null),
      })
      .catch(() => undefined);
  });
  connection.onicecandidate = ({ candidate }) => {
    local.push({
      candidate: candidate?.candidate ?? '',
      sdpMid: candidate?.sdpMid ?? null,
      sdpMLineIndex: candidate?.sdpMLineIndex ?? null,
    });
  };
  negotiate(connection, offer.sdp).then(
    (answer) => {
      if (isClosed) return;
      if (answer === undefined) {
        handlers.onNegotiationFailed('refused');
        return;
      }
      handlers.onAnswer(answer);
      local.open();
      remote.open();
    },
    () => {
      if (!isClosed) handlers.onNegotiationFailed('broken');
    },
  );
  return {
    connection,
    addCandidate: remote.push,
    sendInput: (bytes) => {
      const { input } = channels;
      if (input.readyState !== 'open' || input.bufferedAmount > MAX_BUFFERED_INPUT_BYTES)
        return false;
      input.send(bytes);
      return true;
    },
    sendControl: (message) => {
      if (channels.control.readyState === 'open')
        channels.control.send(encodeMessage(message).slice());
    },
    close: () => {
      if (isClosed) return;
      isClosed = true;
      channels.telemetry.onmessage = null;
      channels.control.onmessage = null;
      silence(connection);
    },
  };
}
