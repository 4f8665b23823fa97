// Every failure that crosses the wire: a code for programs, a sentence for players. PROTOCOL.md lists the same table (a test compares them).

/** Error codes of messages `error`, `refused`, `sessionEnded` and `peerClosed`. `retryable`: trying again may help. */
export const ERROR_CODES = {
  'bad-message': {
    message: 'The page and the server did not understand each other. Reload the page.',
    retryable: false,
  },
  'unsupported-version': {
    message: 'This page is too old or too new for the server. Reload the page.',
    retryable: false,
  },
  'rate-limited': { message: 'Too many requests. Wait a moment and try again.', retryable: true },
  'too-many-sessions': {
    message: 'Too many sessions are open from here. Close one and try again.',
    retryable: true,
  },
  'out-of-order': {
    message: 'The page and the server lost step. Reload the page.',
    retryable: false,
  },
  'unknown-title': { message: 'This title is not offered here.', retryable: false },
  'no-edge': {
    message: 'No edge node is online right now. Try again in a minute.',
    retryable: true,
  },
  'no-capacity': {
    message: 'All slots are taken right now. Try again in a minute.',
    retryable: true,
  },
  'unsupported-browser': {
    message: 'This browser cannot show the stream: it decodes neither H.264 nor VP8.',
    retryable: false,
  },
  'resume-expired': { message: 'That session has ended. Start the title again.', retryable: false },
  'taken-over': { message: 'This session goes on in another tab or device.', retryable: false },
  'edge-lost': {
    message: 'The edge node that ran the title was lost. Start the title again.',
    retryable: true,
  },
  'edge-internal': {
    message: 'The edge node could not start the title. Try again.',
    retryable: true,
  },
  'session-crashed': {
    message: 'The stream of this session crashed. Start the title again.',
    retryable: true,
  },
  'display-lost': {
    message: 'The display of this session crashed. Start the title again.',
    retryable: true,
  },
  'title-exited': { message: 'The title ended.', retryable: true },
  'title-failed': { message: 'The title stopped right after its start.', retryable: true },
  'title-never-drew': { message: 'The title showed no picture.', retryable: true },
  'title-flooded': { message: 'The title was ended because it flooded its log.', retryable: false },
  'player-left': { message: 'The player left.', retryable: false },
  'player-timeout': { message: 'Nobody came back to this session, so it ended.', retryable: false },
  'media-failed': {
    message: 'No media path to the edge node: UDP seems to be blocked on this network.',
    retryable: true,
  },
  'edge-draining': { message: 'This edge node is being taken out of service.', retryable: true },
  'unknown-key': { message: 'This edge key is not admitted.', retryable: false },
  'bad-signature': { message: 'The edge did not prove its key.', retryable: false },
  'duplicate-edge': { message: 'Another connection holds this edge id.', retryable: false },
  internal: { message: 'Something went wrong on our side. Try again.', retryable: true },
} as const satisfies Record<string, { message: string; retryable: boolean }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** WebSocket close codes (RFC 6455 7.4.2: 4000-4999 are private use). */
export const CLOSE_CODES = {
  badMessage: 4400,
  notAdmitted: 4401,
  unsupportedVersion: 4406,
  helloTimeout: 4408,
  takenOver: 4409,
  tooLarge: 4413,
  rateLimited: 4429,
  internal: 4500,
  goingAway: 4503,
} as const;
