// What one slot is made of, as the agent sees it. The real parts start processes (real-parts.ts); tests pass fakes.
import type { ErrorCode } from '@perigee/protocol';
import type { AgentToHost, DisplayAccess, HostToAgent } from '../session/ipc.ts';
import type { Title } from '../titles/title.ts';

/** Something that was started and must be closed; `exited` resolves when it is gone, for whatever reason. */
export type Part = {
  readonly exited: Promise<unknown>;
  /** Idempotent, bounded in time. */
  close(): Promise<void>;
};

export type DisplayPart = Part & { readonly access: DisplayAccess };
export type SoundPart = Part & { readonly socketPath: string };
export type HostPart = Part & { send(message: AgentToHost): void };
export type TitlePart = Omit<Part, 'close'> & {
  /** Polite: WM_DELETE_WINDOW, wait, SIGTERM, SIGKILL. `hurried` shortens the waits: the session is broken already and must be gone within 5 s. */
  close(options: { readonly hurried: boolean }): Promise<void>;
  readonly exited: Promise<{ readonly code: ErrorCode }>;
  /** Last lines of the title's output, bounded. */
  logTail(): readonly string[];
};

/** Starts the parts of one slot. Each call may fail; what was started before is then closed by the caller. */
export type SlotParts = {
  /** Folders, uid and cgroup of the session. */
  open(): Promise<void>;
  startDisplay(): Promise<DisplayPart>;
  startSound(): Promise<SoundPart | null>;
  startHost(input: {
    readonly display: DisplayAccess;
    readonly pulseSocketPath: string | null;
    readonly onMessage: (message: HostToAgent) => void;
  }): Promise<HostPart>;
  startTitle(input: { readonly title: Title; readonly display: DisplayAccess }): Promise<TitlePart>;
  /** Kills whatever is left in the session's cgroup and removes cgroup and folders. Never throws. */
  remove(): Promise<void>;
};
