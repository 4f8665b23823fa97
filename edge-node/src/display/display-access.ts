import type { Resolution } from '@perigee/protocol';

/** How to reach the display of a session. */
export type DisplayAccess = {
  readonly kind: 'xorg-dummy' | 'xvfb';
  /** Path of the X server's unix socket. libxcb before 1.16 takes no path as a display name: connect, then hand over the descriptor. */
  readonly socketPath: string;
  /** MIT-MAGIC-COOKIE-1, 16 bytes as hex. */
  readonly cookieHex: string;
  /** Sockets of the inputtest devices; null on Xvfb (XTEST is used). */
  readonly inputSockets: {
    readonly keyboard: string;
    readonly pointerAbsolute: string;
    readonly pointerRelative: string;
    readonly touch: string;
  } | null;
  readonly resolution: Resolution;
};
