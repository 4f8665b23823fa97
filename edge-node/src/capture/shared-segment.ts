// Pixels travel through a memfd that the X server attaches by descriptor: this works across uids and ipc namespaces, where SysV segments
// fail. The X server runs under the title's uid, so the memfd is sealed against shrinking and growing *before* it is passed: a hostile
// server that truncated it would otherwise kill this process by SIGBUS.
import { CaptureError } from './capture-error.ts';
import { libc, MAP_FAILED } from './native.ts';
import { takeReply, xcb, type Connection } from './xcb.ts';
import { shm } from './xcb-capture.ts';

const MFD_CLOEXEC_ALLOW_SEALING = 3;
const F_ADD_SEALS = 1033;
/** F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW (linux/fcntl.h). */
const SEALS = 1 | 2 | 4;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;

export type SharedSegment = {
  /** X id of the segment. */
  readonly id: number;
  /** Address of the mapping; valid until `close`. */
  readonly address: bigint;
  readonly lengthBytes: number;
  /** Detaches and unmaps. Idempotent; call before the connection is closed. */
  close(): void;
};

/** Memory of a fixed size behind a descriptor; the caller owns both. @throws {CaptureError} segment-failed */
export function createSealedMemory(lengthBytes: number): { fd: number; address: bigint } {
  const fd = libc.memfdCreate('perigee-capture', MFD_CLOEXEC_ALLOW_SEALING);
  if (fd < 0) throw new CaptureError('segment-failed', 'memfd_create');
  const isReady = libc.ftruncate(fd, lengthBytes) === 0 && libc.fcntl(fd, F_ADD_SEALS, SEALS) === 0;
  const address = isReady ? libc.mmap(null, lengthBytes, PROT_READ_WRITE, MAP_SHARED, fd, 0) : null;
  if (address !== null && address !== MAP_FAILED) return { fd, address };
  libc.close(fd);
  throw new CaptureError('segment-failed', isReady ? 'mmap' : 'ftruncate or seal');
}

/** Makes sealed memory and has the X server attach it. @throws {CaptureError} segment-failed */
export function createSharedSegment(connection: Connection, lengthBytes: number): SharedSegment {
  const { fd, address } = createSealedMemory(lengthBytes);
  const id = xcb.generateId(connection);
  const error = takeReply(xcb.requestCheck(connection, shm.attachFdChecked(connection, id, fd, 0)));
  if (error !== undefined || xcb.hasError(connection) !== 0) {
    libc.munmap(address, lengthBytes);
    throw new CaptureError('segment-failed', `ShmAttachFd error ${String(error?.[1] ?? 'lost')}`);
  }
  let isOpen = true;
  return {
    id,
    address,
    lengthBytes,
    close() {
      if (!isOpen) return;
      isOpen = false;
      shm.detach(connection, id);
      libc.munmap(address, lengthBytes);
    },
  };
}
