// The whole agent <-> session host protocol (Node IPC channel, `serialization: 'advanced'`). Both sides are ours and on one machine,
// but the host is the less trusted one: the agent checks what it receives (parseHostMessage) before it acts on it.
import type {
  Capabilities,
  ErrorCode,
  PeerId,
  Resolution,
  SessionId,
  TitleInfo,
} from '@perigee/protocol';
import type { DisplayAccess } from '../display/display-access.ts';

export type { DisplayAccess };

/** Given to the host in PERIGEE_HOST_CONFIG as JSON. */
export type HostConfig = {
  readonly slot: number;
  readonly display: DisplayAccess;
  /** PulseAudio native socket; null when the session has no sound server. */
  readonly pulseSocketPath: string | null;
  readonly ice: {
    /** Local addresses to gather on; empty means all. */
    readonly hostAddresses: readonly string[];
    /** Inclusive UDP port range; null lets the system choose. */
    readonly portRange: readonly [number, number] | null;
  };
  /** Encoder target at the start, bit/s. */
  readonly targetBitrateBps: number;
  readonly maxBitrateBps: number;
  readonly logLevel: string;
};

export type AgentToHost =
  /** A player comes: resize the display to the title's resolution, start capture. The title is started by the agent. */
  | { readonly type: 'take'; readonly sessionId: SessionId; readonly title: TitleInfo }
  /** Make a peer and offer. The newest peer is the player; the peer before it is told `taken-over` and closed. */
  | { readonly type: 'createPeer'; readonly peerId: PeerId; readonly capabilities: Capabilities }
  | { readonly type: 'answer'; readonly peerId: PeerId; readonly sdp: string }
  | {
      readonly type: 'candidate';
      readonly peerId: PeerId;
      readonly candidate: string;
      readonly sdpMid: string | null;
      readonly sdpMLineIndex: number | null;
    }
  | { readonly type: 'titleState'; readonly state: 'starting' | 'running' | 'ended' }
  /** End the session: tell the player why, close every peer, stop capture, then exit 0. */
  | {
      readonly type: 'close';
      readonly code: ErrorCode;
      readonly message: string;
      readonly logTail: readonly string[];
    };

export type HostToAgent =
  /** Everything is open: display, sound, and an offer waits (warm). `encoder` such as "h264:libx264"; `rejected` names the others and why; `otherCodecs` names what
   * a player's answer may ask for instead, such as "vp8:libvpx", also found by trial. */
  | {
      readonly type: 'ready';
      readonly encoder: string;
      readonly rejected: readonly string[];
      readonly otherCodecs: readonly string[];
    }
  /** The display has the title's size: the title may start. */
  | { readonly type: 'taken'; readonly resolution: Resolution }
  | { readonly type: 'offer'; readonly peerId: PeerId; readonly sdp: string }
  | {
      readonly type: 'candidate';
      readonly peerId: PeerId;
      readonly candidate: string;
      readonly sdpMid: string | null;
      readonly sdpMLineIndex: number | null;
    }
  | {
      readonly type: 'peerState';
      readonly peerId: PeerId;
      readonly state: 'connected' | 'disconnected' | 'closed' | 'failed';
    }
  /** The display's picture changed for the first time after `take`. */
  | { readonly type: 'drew' }
  | {
      readonly type: 'stats';
      readonly rttMs: number | null;
      readonly framesPerSecond: number;
      readonly bitrateBps: number;
      readonly malformedPackets: number;
    }
  /** The host cannot go on; it exits right after. */
  | { readonly type: 'fatal'; readonly code: ErrorCode; readonly detail: string };
