// Every sentence of the page, in one table (English). Failure texts are keyed by code: `failures/failure-table.ts` adds the actions.

/** Words and sentences of the pages, apart from failures. */
export const STRINGS = {
  productName: 'Perigee',
  catalogue: {
    heading: 'Play from the edge nearest to you',
    lead: 'Tap a title. It starts on an edge node close by and plays here, in this page.',
    loading: 'Loading the catalogue',
    emptyTitle: 'No titles yet',
    emptyText:
      'Nothing has been published here. Titles appear as soon as an edge node offers them.',
    errorTitle: 'The catalogue did not load',
    errorText: 'The server could not be reached. Check your connection and try again.',
    tryAgain: 'Try again',
    offline: 'Offline',
    offlineHint: 'No edge node offers this right now',
    needsKeyboard: 'Best with a keyboard',
    play: 'Play',
    countLine: (playable: number, total: number): string =>
      playable === total
        ? `${String(total)} ${total === 1 ? 'title' : 'titles'}, all playable now`
        : `${String(playable)} of ${String(total)} playable now`,
  },
  inputKinds: { keyboard: 'Keyboard', mouse: 'Mouse', touch: 'Touch', gamepad: 'Gamepad' },
  steps: {
    opening: 'Reaching the server',
    placing: 'Finding the nearest edge node',
    queued: 'Waiting for a free slot',
    starting: 'Starting the title there',
    media: 'Connecting picture and sound',
    picture: 'Waiting for the first picture',
  },
  player: {
    connectingTo: (name: string): string => `Starting ${name}`,
    resuming: (name: string): string => `Returning to ${name}`,
    queuePosition: (position: number): string => `Place ${String(position)} in the queue`,
    cancel: 'Cancel',
    reconnecting: 'Reconnecting',
    reconnectingText: (secondsLeft: number): string =>
      `The title keeps running for you. Trying again for ${String(secondsLeft)} s more.`,
    linkLost: 'The server is out of reach. Your stream goes on.',
    freshStart: 'The earlier session had ended, so this is a new start.',
    titleStarting: 'The title is starting',
    lockHint: 'Mouse captured. Press Esc to release it.',
    tapForSound: 'Tap for sound',
    keyForSound: 'Press a key or click for sound',
    live: 'Live',
    starting: 'Starting',
    connecting: 'Connecting',
    menuShow: 'Show controls',
    menuHide: 'Hide controls',
    back: 'Back to the catalogue',
    soundOn: 'Turn sound on',
    soundOff: 'Turn sound off',
    keyboard: 'Show the keyboard',
    keyboardInput: 'Text for the title',
    lock: 'Capture the mouse',
    stats: 'Statistics (Ctrl+Alt+S)',
    fullscreen: 'Fullscreen',
    leaveFullscreen: 'Leave fullscreen',
    end: 'End the session',
    endQuestion: 'End the session?',
    endText: 'The title closes on the edge node. Progress that it has not saved is lost.',
    endConfirm: 'End session',
    endCancel: 'Keep playing',
    picture: (name: string): string => `Picture of ${name}`,
  },
  stats: {
    heading: 'Statistics',
    rtt: 'RTT',
    fps: 'Frames',
    bitrate: 'Bitrate',
    loss: 'Loss',
    jitterBuffer: 'Jitter buffer',
    decode: 'Decode',
    resolution: 'Picture',
    codec: 'Codec',
    dropped: 'Dropped',
    edgeEncode: 'Edge encode',
    edgeSend: 'Capture to send',
    edgeTarget: 'Target bitrate',
    edgeFrames: 'Edge frames',
    whyThisEdge: 'Why this edge',
    unknown: '–',
  },
  failurePage: {
    again: 'Try again',
    startAgain: 'Start again',
    playHere: 'Play here instead',
    reload: 'Reload the page',
    catalogue: 'Back to the catalogue',
    logHeading: 'Last lines of its log',
    code: 'Code',
  },
} as const;

/** Title and sentence of each failure page. The keys are `ErrorCode` of the protocol plus the page's own codes. */
export const FAILURE_TEXTS = {
  'bad-message': {
    title: 'Page and server disagree',
    sentence: 'They did not understand each other. Reloading the page usually settles it.',
  },
  'unsupported-version': {
    title: 'This page is out of step',
    sentence: 'It is too old or too new for the server. Reload to get the matching one.',
  },
  'rate-limited': {
    title: 'Slow down a little',
    sentence: 'There were too many requests from here. Wait a moment, then try again.',
  },
  'too-many-sessions': {
    title: 'Too many sessions',
    sentence: 'Several sessions are open from here already. Close one of them and try again.',
  },
  'out-of-order': {
    title: 'Page and server lost step',
    sentence: 'Their messages crossed. Reload the page to begin again.',
  },
  'unknown-title': {
    title: 'No such title',
    sentence: 'This address does not name a title that is offered here.',
  },
  'no-edge': {
    title: 'No edge node is online',
    sentence: 'Nothing can run your title at the moment. Try again in a minute.',
  },
  'no-capacity': {
    title: 'All slots are taken',
    sentence: 'Every edge node within reach is full. Try again in a minute.',
  },
  'unsupported-browser': {
    title: 'This browser cannot play',
    sentence:
      'It lacks WebRTC, or decodes neither H.264 nor VP8. A current Chrome, Edge, Firefox or Safari will do.',
  },
  'resume-expired': {
    title: 'That session has ended',
    sentence: 'It waited for you as long as it could. You can start the title again.',
  },
  'taken-over': {
    title: 'Playing elsewhere',
    sentence: 'This session moved to another tab or device. You can bring it back here.',
  },
  'edge-lost': {
    title: 'The edge node was lost',
    sentence: 'The machine that ran the title went away. Start it again to get another one.',
  },
  'edge-internal': {
    title: 'The edge node could not start it',
    sentence: 'Something failed on the edge node before the title came up. Trying again may help.',
  },
  'session-crashed': {
    title: 'The stream crashed',
    sentence: 'The process that streamed this session stopped. Start the title again.',
  },
  'display-lost': {
    title: 'The display crashed',
    sentence: 'The screen that the title drew on went away. Start the title again.',
  },
  'title-exited': {
    title: 'The title ended',
    sentence: 'It closed itself, perhaps because you quit it. You can start it again.',
  },
  'title-failed': {
    title: 'The title did not start',
    sentence: 'It stopped right after its start. Its last words may say why.',
  },
  'title-never-drew': {
    title: 'The title showed no picture',
    sentence: 'It ran but never drew anything, so the session was closed.',
  },
  'title-flooded': {
    title: 'The title was stopped',
    sentence: 'It wrote far too much into its log, so the edge node ended it.',
  },
  'player-left': {
    title: 'Session ended',
    sentence: 'You ended the session. Nothing is left running.',
  },
  'player-timeout': {
    title: 'The session timed out',
    sentence: 'Nobody came back to it in time, so it was closed.',
  },
  'media-failed': {
    title: 'No way through for the picture',
    sentence:
      'The page reached the server, but no media path to the edge node opened. This network seems to block UDP; another network or a hotspot may work.',
  },
  'edge-draining': {
    title: 'This edge node is closing',
    sentence: 'It is being taken out of service. Start again to be placed on another one.',
  },
  'unknown-key': {
    title: 'Edge key not admitted',
    sentence: 'The edge node is not known to this service.',
  },
  'bad-signature': {
    title: 'Edge key not proven',
    sentence: 'The edge node could not prove who it is.',
  },
  'duplicate-edge': {
    title: 'Edge connected twice',
    sentence: 'Another connection already speaks for this edge node.',
  },
  internal: {
    title: 'Something went wrong here',
    sentence: 'The fault is on our side. Trying again may help.',
  },
  'server-unreachable': {
    title: 'The server is out of reach',
    sentence: 'No connection could be made. Check your network, then try again.',
  },
  'page-not-found': {
    title: 'Nothing at this address',
    sentence: 'The page you asked for does not exist.',
  },
} as const satisfies Record<string, { title: string; sentence: string }>;
