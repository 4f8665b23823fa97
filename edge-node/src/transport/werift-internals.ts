// What we use of werift 0.25.2 beyond its typed surface, in one place. Each use is written down with its reason.
import type { Socket } from 'node:dgram';
import { UdpTransport, type RTCDtlsTransport, type RTCPeerConnection } from 'werift';
import type { SrtpKeys } from './srtp-sender.ts';

/** As far as we know werift's UDP transport. */
type MaybeUdpTransport = { readonly type?: string; readonly socket?: Socket };
type MaybeProtocol = { readonly type?: string; readonly transport?: MaybeUdpTransport };

/**
 * Sends a datagram on the selected ICE pair; false when there is none. Straight to the UDP socket where the pair is plain UDP: werift's
 * own path is three nested async functions a packet, and passes no callback, so that a send error would end the process as an
 * unhandled 'error' event.
 */
export function sendOnSelectedPair(dtls: RTCDtlsTransport, datagram: Buffer): boolean {
  const { connection } = dtls.iceTransport;
  const pair = connection.nominated;
  if (pair === undefined) return false;
  const { type, transport } = pair.protocol as MaybeProtocol;
  if (type === 'stun' && transport?.type === 'udp' && transport.socket !== undefined) {
    try {
      const [host, port] = pair.remoteAddr;
      transport.socket.send(datagram, port, host, ignoreSendError);
    } catch {
      return false; // the socket was closed between two packets
    }
  } else connection.send(datagram).catch(ignoreSendError);
  return true;
}

/** UDP promises nothing: what cannot be sent is lost, and feedback tells. */
function ignoreSendError(): void {
  // nothing to do
}

/**
 * Makes send errors of the ICE sockets harmless. werift listens to none, so that a check sent to a candidate the kernel refuses
 * (broadcast address, unreachable network: chosen by the remote side) would end the process.
 */
export function absorbSocketErrors(dtls: RTCDtlsTransport, onError: () => void): void {
  const { protocols } = dtls.iceTransport.connection as unknown as {
    readonly protocols: readonly MaybeProtocol[];
  };
  for (const { transport } of protocols) transport?.socket?.on('error', onError);
}

/** Datagrams and STUN requests that came in on the selected pair so far. */
export function receivedOnSelectedPair(dtls: RTCDtlsTransport): number {
  const pair = dtls.iceTransport.connection.nominated;
  return pair === undefined
    ? 0
    : pair.packetsReceived + pair.requestsReceived + pair.responsesReceived;
}

/** Keys of our sending direction; call once DTLS is connected. */
export function srtpKeys(dtls: RTCDtlsTransport): SrtpKeys {
  const context = dtls.srtp.localContext;
  // 7: SRTP_AEAD_AES_128_GCM (RFC 7714 14.2); werift knows only that one and 1, AES128_CM_HMAC_SHA1_80.
  return {
    profile: context.profile === 7 ? 'aeadAes128Gcm' : 'aes128CmSha1_80',
    key: context.srtpSessionKey,
    salt: context.srtpSessionSalt,
    authKey: context.srtpSessionAuthTag,
  };
}

/**
 * Takes over all RTCP: every decrypted compound packet goes to `onCompound`, and werift sees an empty one, because its feedback parser is
 * wrong and its bandwidth estimator keeps a history that is never pruned. Call once DTLS is connected.
 */
export function takeOverRtcp(dtls: RTCDtlsTransport, onCompound: (compound: Buffer) => void): void {
  const nothing = Buffer.alloc(0);
  const { srtcp } = dtls;
  const { decrypt } = srtcp;
  srtcp.decrypt = (encrypted: Buffer): Buffer => {
    onCompound(decrypt(encrypted));
    return nothing;
  };
}

/** Unread data that a peer may leave in SCTP's reassembly, of the 1 MiB that werift grants: our messages are 16 kB at most. */
const MAX_UNREAD_SCTP_BYTES = 512 * 1024;
const SCTP_WINDOW_BYTES = 1024 * 1024;

type InboundStreamInternals = {
  /** Forgets chunks up to this TSN; returns their bytes. */
  pruneChunks: (this: InboundStreamInternals, tsn: number) => number;
  /** Takes out messages that are whole and in order. */
  popMessages(): Iterable<SctpMessage>;
};
type DataChunk = { readonly streamId: number };
type SctpMessage = [streamId: number, protocol: number, data: Buffer];
type ForwardTsn = { readonly cumulativeTsn: number };
type SctpInternals = {
  advertisedRwnd: number;
  readonly inboundStreams: Readonly<Record<number, InboundStreamInternals>>;
  handleData(data: Buffer): Promise<void>;
  receive(...message: SctpMessage): void;
  receiveDataChunk: (this: SctpInternals, chunk: DataChunk) => void;
  receiveForwardTsnChunk: (this: SctpInternals, chunk: ForwardTsn) => void;
};

/**
 * Stands between DTLS and SCTP: werift parses a packet in an async function that nobody awaits, so any malformed one would be an
 * unhandled rejection; and it does not enforce its own receive window. Call once the data channels are made.
 */
export function guardSctp(
  connection: RTCPeerConnection,
  dtls: RTCDtlsTransport,
  events: { readonly onMalformed: () => void; readonly onFlood: () => void },
): void {
  const sctp = connection.sctpTransport?.sctp as unknown as SctpInternals | undefined;
  if (sctp === undefined) return;
  keepBeyondForwardedTsn(sctp);
  deliverAllThatIsReady(sctp);
  dtls.dataReceiver = (data: Buffer): void => {
    sctp.handleData(data).catch(events.onMalformed);
    if (sctp.advertisedRwnd < SCTP_WINDOW_BYTES - MAX_UNREAD_SCTP_BYTES) events.onFlood();
  };
}

/**
 * FORWARD TSN gives up what was sent up to a TSN (RFC 3758 3.6). werift then forgets up to its own newest TSN, which may lie beyond: the
 * first piece of a reliable message whose other pieces are still to come would be lost, and its ordered channel stand still for good. Browsers
 * cut even short messages in pieces, to fill their packets (seen with Chromium under load).
 */
function keepBeyondForwardedTsn(sctp: SctpInternals): void {
  const { receiveForwardTsnChunk } = sctp;
  sctp.receiveForwardTsnChunk = (chunk) => {
    const streams = Object.values(sctp.inboundStreams);
    for (const stream of streams) {
      const { pruneChunks } = stream;
      stream.pruneChunks = () => pruneChunks.call(stream, chunk.cumulativeTsn);
    }
    receiveForwardTsnChunk.call(sctp, chunk);
    for (const stream of streams) Reflect.deleteProperty(stream, 'pruneChunks');
  };
}

/**
 * werift stops taking out ordered messages after one whose successor has not the very next TSN, which is so whenever another channel is in
 * use: a message that waited for a lost one would wait for the next message of its channel too, and the last one for ever.
 */
function deliverAllThatIsReady(sctp: SctpInternals): void {
  const { receiveDataChunk } = sctp;
  sctp.receiveDataChunk = (chunk) => {
    receiveDataChunk.call(sctp, chunk);
    for (let popped = true; popped;) {
      popped = false;
      for (const message of sctp.inboundStreams[chunk.streamId]?.popMessages() ?? []) {
        popped = true;
        sctp.advertisedRwnd += message[2].length;
        sctp.receive(...message);
      }
    }
  };
}

/** Whether an error came out of werift rather than out of our code: its detached promises must not end a session. */
export function isWeriftFault(error: unknown): boolean {
  return error instanceof Error && /[\\/]node_modules[\\/]werift[\\/]/.test(error.stack ?? '');
}

type UdpInternals = {
  readonly socket: Socket;
  readonly options: { readonly portRange?: readonly [number, number] };
  init: (this: UdpInternals) => Promise<void>;
};

let isBoundInOneStep = false;

/**
 * Makes werift bind a port of a range in one step. Its own way is to look for a free port with another socket, close that and bind again:
 * two sockets that gather at the same moment then take the same port, and the loser's error, which nobody listens to, ends the process.
 * Idempotent.
 */
export function bindInOneStep(): void {
  if (isBoundInOneStep) return;
  isBoundInOneStep = true;
  const prototype = UdpTransport.prototype as unknown as UdpInternals;
  const { init } = prototype;
  prototype.init = async function (): Promise<void> {
    const { portRange } = this.options;
    if (portRange === undefined) {
      await init.call(this);
      return;
    }
    for (let port = portRange[0]; port <= portRange[1]; port++)
      if (await tryBind(this.socket, port)) return;
    this.socket.close();
    throw new Error(`no UDP port of ${portRange.join('-')} is free`);
  };
}

/** False when the port is taken; the socket may then try another. */
function tryBind(socket: Socket, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (isBound: boolean) => (): void => {
      socket.off('error', onError);
      socket.off('listening', onListening);
      resolve(isBound);
    };
    const onError = settle(false);
    const onListening = settle(true);
    socket.on('error', onError);
    socket.on('listening', onListening);
    socket.bind(port);
  });
}
