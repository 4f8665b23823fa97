// The C library through koffi. Pointers are bigint (koffi 3); null is NULL. Two traps that were seen as SIGSEGV: `koffi.address(buffer)`
// keeps nothing alive, so Buffers are passed themselves; and what malloc'd memory holds is copied before it is freed.
import koffi from 'koffi';
import { CaptureError } from './capture-error.ts';

/** Address of foreign memory; null is NULL. */
export type Pointer = bigint | null;

type Load = ReturnType<typeof koffi.load>;

/** Loads a shared library. @throws {CaptureError} library-missing */
export function loadLibrary(fileName: string): Load {
  try {
    return koffi.load(fileName);
  } catch (error) {
    throw new CaptureError('library-missing', fileName, error);
  }
}

const c = loadLibrary('libc.so.6');

type MemoryCopy = (to: Uint8Array, from: bigint, length: number) => void;
type MemoryMap = (
  address: Pointer,
  length: number,
  protection: number,
  flags: number,
  fd: number,
  offset: number,
) => Pointer;

/** The calls of libc that capture needs; file descriptors are plain numbers, -1 is failure. */
export const libc = {
  free: c.func('free', 'void', ['void*']) as (pointer: bigint) => void,
  memcpy: c.func('memcpy', 'void', ['void*', 'void*', 'size_t']) as MemoryCopy,
  memfdCreate: c.func('memfd_create', 'int', ['str', 'uint']) as (
    name: string,
    flags: number,
  ) => number,
  ftruncate: c.func('ftruncate', 'int', ['int', 'int64']) as (fd: number, length: number) => number,
  /** Only the three-argument form with an integer is used (F_ADD_SEALS). */
  fcntl: c.func('fcntl', 'int', ['int', 'int', 'int']) as (
    fd: number,
    command: number,
    argument: number,
  ) => number,
  mmap: c.func('mmap', 'void*', ['void*', 'size_t', 'int', 'int', 'int', 'int64']) as MemoryMap,
  munmap: c.func('munmap', 'int', ['void*', 'size_t']) as (
    address: bigint,
    length: number,
  ) => number,
  socket: c.func('socket', 'int', ['int', 'int', 'int']) as (
    domain: number,
    type: number,
    protocol: number,
  ) => number,
  connect: c.func('connect', 'int', ['int', 'void*', 'uint']) as (
    fd: number,
    address: Uint8Array,
    length: number,
  ) => number,
  close: c.func('close', 'int', ['int']) as (fd: number) => number,
  shutdown: c.func('shutdown', 'int', ['int', 'int']) as (fd: number, how: number) => number,
  read: c.func('read', 'int64', ['int', 'void*', 'size_t']) as (
    fd: number,
    into: Uint8Array,
    length: number,
  ) => number,
  timerfdCreate: c.func('timerfd_create', 'int', ['int', 'int']) as (
    clock: number,
    flags: number,
  ) => number,
  timerfdSettime: c.func('timerfd_settime', 'int', ['int', 'int', 'void*', 'void*']) as (
    fd: number,
    flags: number,
    value: Uint8Array,
    old: null,
  ) => number,
};

/** MAP_FAILED, as koffi returns it. */
export const MAP_FAILED = 0xffffffffffffffffn;

/** Copies `length` bytes out of foreign memory. */
export function copyBytes(pointer: bigint, length: number): Buffer {
  const into = Buffer.allocUnsafe(length);
  libc.memcpy(into, pointer, length);
  return into;
}
