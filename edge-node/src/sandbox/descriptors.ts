// What the agent inherited (a supervisor's lock, a log pipe, a shell's redirections) must not reach a title or a session host. Node opens its
// own descriptors close-on-exec; those that were open before it are not, and every child would get them.
import koffi from 'koffi';

/** CLOSE_RANGE_CLOEXEC of close_range(2), Linux 5.11. */
const CLOSE_RANGE_CLOEXEC = 4;
const LAST_DESCRIPTOR = 0xffffffff;

/**
 * Marks every descriptor from 3 on close-on-exec, once, before the first child is started. What a child is to get is passed to it on purpose.
 * @returns false where the system has no such call
 */
export function keepDescriptorsFromChildren(): boolean {
  try {
    const closeRange = koffi
      .load('libc.so.6')
      .func('close_range', 'int', ['uint', 'uint', 'int']) as (
      first: number,
      last: number,
      flags: number,
    ) => number;
    return closeRange(3, LAST_DESCRIPTOR, CLOSE_RANGE_CLOEXEC) === 0;
  } catch {
    return false;
  }
}
