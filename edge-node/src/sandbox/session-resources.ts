// Who is who in one slot, and where its things are. Pure data: made by the agent, read by everything that starts a process.

/** Unix identities of one slot. Not root: all three are the agent's own uid and `isIsolated` is false. */
export type SlotIdentity = {
  readonly isIsolated: boolean;
  /** Xorg and the title. */
  readonly titleUid: number;
  /** Session host and PulseAudio. */
  readonly hostUid: number;
  /** Group that both share (input sockets), nothing else in it. */
  readonly sharedGid: number;
};

/** Folders of one session, below PERIGEE_RUN_DIR/sessions/<slot>-<chance>. Removed when it ends. */
export type SessionFolders = {
  readonly root: string;
  /** X11 unix socket folder (owner title uid). */
  readonly x11: string;
  /** inputtest sockets, 0750, title uid : shared gid. Never mounted into the title. */
  readonly input: string;
  /** PulseAudio runtime folder, host uid. */
  readonly pulse: string;
  /** The title's writable home, title uid, 0700. */
  readonly home: string;
  readonly logs: string;
};
