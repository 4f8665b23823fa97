// What an edge node can be told from outside. Read once, by the composition root.
import { booleanKey, integerKey, textKey, type EnvironmentValues } from '@perigee/kit';

export const edgeEnvironment = {
  edgeNodeId: textKey('PERIGEE_EDGE_ID', {
    default: 'edge-local',
    help: 'Id of this edge node.',
    pattern: /^[A-Za-z0-9_-]{1,64}$/,
    allowed: '1 to 64 letters, digits, - or _',
  }),
  siteId: textKey('PERIGEE_SITE', {
    default: 'local',
    help: 'Site of this edge node: edges that share a probe point.',
    pattern: /^[A-Za-z0-9_-]{1,64}$/,
    allowed: '1 to 64 letters, digits, - or _',
  }),
  place: textKey('PERIGEE_PLACE', {
    default: 'this machine',
    help: 'Where the site is, as players read it.',
    pattern: /^.{1,80}$/u,
    allowed: '1 to 80 characters',
  }),
  slots: integerKey('PERIGEE_SLOTS', {
    default: 2,
    min: 1,
    max: 64,
    help: 'Sessions at once on this edge node.',
  }),
  warmSlots: integerKey('PERIGEE_WARM_SLOTS', {
    default: 1,
    min: 0,
    max: 1,
    help: 'Idle session hosts kept ready for the next player.',
  }),
  edgeDataFolder: textKey('PERIGEE_EDGE_DATA_DIR', {
    default: '',
    help: 'Folder of the edge key; empty: `edge` inside PERIGEE_DATA_DIR.',
  }),
  runFolder: textKey('PERIGEE_RUN_DIR', {
    default: '',
    help: 'Folder of running sessions (sockets, homes); empty: /run/perigee as root, else below XDG_RUNTIME_DIR.',
  }),
  titleFolders: textKey('PERIGEE_TITLE_FOLDERS', {
    default: '',
    help: 'More titles besides the ones that come along: folders that each hold a title.json, separated by colons.',
  }),
  uidBase: integerKey('PERIGEE_UID_BASE', {
    default: 74_000,
    min: 1000,
    max: 2_000_000_000,
    help: 'First of the unprivileged user ids that sessions run under (two a slot; root only).',
  }),
  targetBitrateBps: integerKey('PERIGEE_TARGET_BITRATE_BPS', {
    default: 6_000_000,
    min: 300_000,
    max: 100_000_000,
    help: 'Video bitrate at the start of a session, bit/s.',
  }),
  maxBitrateBps: integerKey('PERIGEE_MAX_BITRATE_BPS', {
    default: 12_000_000,
    min: 300_000,
    max: 100_000_000,
    help: 'Highest video bitrate, bit/s.',
  }),
  iceAddresses: textKey('PERIGEE_ICE_ADDRESSES', {
    default: '',
    help: 'Local addresses for media, separated by commas; empty: 127.0.0.1 when listening on loopback alone, else all.',
  }),
  icePortMin: integerKey('PERIGEE_ICE_PORT_MIN', {
    default: 0,
    min: 0,
    max: 65_535,
    help: 'First UDP port for media; 0: chosen by the system.',
  }),
  icePortMax: integerKey('PERIGEE_ICE_PORT_MAX', {
    default: 0,
    min: 0,
    max: 65_535,
    help: 'Last UDP port for media; each slot gets its own part of the range, at least 8 ports.',
  }),
  firstDrawMs: integerKey('PERIGEE_FIRST_DRAW_MS', {
    default: 30_000,
    min: 1000,
    max: 600_000,
    help: 'A title that showed no picture after this long is ended, ms.',
  }),
  abandonedMs: integerKey('PERIGEE_ABANDONED_MS', {
    default: 180_000,
    min: 5000,
    max: 86_400_000,
    help: 'A session that nobody is connected to ends after this long even without signaling, ms.',
  }),
  isUnsandboxedAllowed: booleanKey('PERIGEE_ALLOW_UNSANDBOXED', {
    default: false,
    help: 'Run titles even where no sandbox can be made. Only for titles that you trust.',
  }),
  maxTitleMemoryMb: integerKey('PERIGEE_MAX_TITLE_MEMORY_MB', {
    default: 4096,
    min: 64,
    max: 65_536,
    help: 'Most memory that a title may ask for in its title.json, MiB; more is cut to this.',
  }),
  nestedSandboxTitles: textKey('PERIGEE_NESTED_SANDBOX_TITLES', {
    default: '',
    help: 'Ids of titles that may make user namespaces of their own (`nestedSandbox`, browsers), separated by commas.',
  }),
} as const;

export type EdgeConfig = EnvironmentValues<typeof edgeEnvironment>;
