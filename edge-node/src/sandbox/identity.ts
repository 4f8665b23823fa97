import { readFileSync } from 'node:fs';
import type { SlotIdentity } from './session-resources.ts';

/** First uid of the slots: above Debian's users and system users (1000-59999) and below 2^17 (chosen, not registered). */
export const DEFAULT_UID_BASE = 74_000;

/** Who a process runs as. */
export type Credentials = {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups; nothing else is kept. */
  readonly groups: readonly number[];
};

/**
 * The identities of one slot. As root: title `base + slot * 2`, host one above, and the shared group has the title's number.
 * No passwd entry is needed. Not root, or root of a container that has no such uids: everything is the agent's own uid.
 */
export function slotIdentity(slot: number, uidBase: number = DEFAULT_UID_BASE): SlotIdentity {
  const ownUid = process.getuid?.() ?? 0;
  const titleUid = uidBase + slot * 2;
  if (ownUid !== 0 || !isMapped(readUidMap(), titleUid + 1)) {
    const ownGid = process.getgid?.() ?? ownUid;
    return { isIsolated: false, titleUid: ownUid, hostUid: ownUid, sharedGid: ownGid };
  }
  return { isIsolated: true, titleUid, hostUid: titleUid + 1, sharedGid: titleUid };
}

function readUidMap(): string {
  try {
    return readFileSync('/proc/self/uid_map', 'latin1');
  } catch {
    return '';
  }
}

/** Whether a uid exists in a user namespace: lines of user_namespaces(7) uid_map are first inside, first outside, count. */
export function isMapped(uidMap: string, uid: number): boolean {
  return uidMap.split('\n').some((line) => {
    const [first, , count] = line.trim().split(/\s+/).map(Number);
    return first !== undefined && count !== undefined && uid >= first && uid < first + count;
  });
}

/** Xorg and the title: their primary group is the shared one, so that they reach the session's folder. */
export function titleCredentials(identity: SlotIdentity): Credentials | null {
  if (!identity.isIsolated) return null;
  return { uid: identity.titleUid, gid: identity.sharedGid, groups: [] };
}

/** Session host and PulseAudio: a group of their own, and the shared one to reach the display and input sockets. */
export function hostCredentials(identity: SlotIdentity): Credentials | null {
  if (!identity.isIsolated) return null;
  return { uid: identity.hostUid, gid: identity.hostUid, groups: [identity.sharedGid] };
}
