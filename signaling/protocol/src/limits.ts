// Every limit of the wire stands here, so that both sides refuse the same things.

/** Largest WebSocket message a player or signaling may send, in bytes. Chosen: an SDP with candidates is about 8 kB. */
export const MAX_PLAYER_MESSAGE_BYTES = 64 * 1024;
/** Largest EdgeLink message in bytes. Chosen: the facts of an edge with 500 titles are about 200 kB. */
export const MAX_EDGE_MESSAGE_BYTES = 512 * 1024;
/** Largest message on the reliable control data channel, in bytes (chosen, below SCTP's 16 kB safe size). */
export const MAX_CONTROL_MESSAGE_BYTES = 16 * 1024;
/** Longest SDP accepted, in UTF-16 code units. */
export const MAX_SDP_LENGTH = 48 * 1024;
/** Longest ICE candidate line accepted. */
export const MAX_CANDIDATE_LENGTH = 1024;
/** ICE candidates accepted per peer and direction; later ones are dropped and counted. */
export const MAX_CANDIDATES_PER_PEER = 64;
/** Sites in one probing round. */
export const MAX_SITES_PER_ROUND = 8;
/** Titles that one edge may announce. */
export const MAX_TITLES_PER_EDGE = 500;
/** Slots that one edge may announce. */
export const MAX_SLOTS_PER_EDGE = 256;
/** Lines of a title's log that travel with its end. */
export const MAX_LOG_TAIL_LINES = 20;
/** Characters of one such line. */
export const MAX_LOG_LINE_LENGTH = 400;
/** How long a session without a player keeps running, in ms (DESIGN.md: 120 s, configurable). */
export const DEFAULT_RESUME_WINDOW_MS = 120_000;
/** Maps and arrays inside one another in a message (the deepest message of ours has 5). */
export const MAX_MESSAGE_DEPTH = 8;
/** Values in one message, counted before it is decoded (facts of 500 titles have about 8000). */
export const MAX_MESSAGE_VALUES = 32_768;
/** Entries of one map in a message (the largest of ours has 12). */
export const MAX_MAP_ENTRIES = 64;
/** Bytes of a map's key. */
export const MAX_KEY_BYTES = 64;
