// libxcb and its extensions through koffi. libxcb rather than Xlib, because Xlib's I/O error handler ends the process when the X server
// dies. Cookies are structs of one 32-bit integer returned in a register, so they are declared as uint32.
import koffi from 'koffi';
import { CaptureError } from './capture-error.ts';
import { copyBytes, libc, loadLibrary, type Pointer } from './native.ts';

const core = loadLibrary('libxcb.so.1');
const P = 'void*';
const [u8, u16, i16, u32, int] = ['uint8', 'uint16', 'int16', 'uint32', 'int'] as const;

const authInfo = koffi.struct({ namelen: int, name: 'str', datalen: int, data: P });
const screenIterator = koffi.struct({ data: P, rem: int, index: int });

/** An X connection that is open, or in error (see `hasError`). */
export type Connection = bigint;
type Cookie = number;
type ReplyCall = (connection: Connection, cookie: Cookie, error: null) => Pointer;

type ConnectCall = (
  fd: number,
  auth: { namelen: number; name: string; datalen: number; data: Buffer } | null,
) => Connection;
type SendEvent = (connection: Connection) => Pointer;

/** Core protocol calls. Names follow libxcb without its prefix; events and replies must be freed by the caller (`takeReply`, `takeEvent`). */
export const xcb = {
  /** Takes the descriptor over, also when it fails. */
  connectToFd: core.func('xcb_connect_to_fd', P, [int, koffi.pointer(authInfo)]) as ConnectCall,
  disconnect: core.func('xcb_disconnect', 'void', [P]) as (connection: Connection) => void,
  hasError: core.func('xcb_connection_has_error', int, [P]) as (connection: Connection) => number,
  fileDescriptor: core.func('xcb_get_file_descriptor', int, [P]) as (c: Connection) => number,
  setup: core.func('xcb_get_setup', P, [P]) as (connection: Connection) => bigint,
  roots: core.func('xcb_setup_roots_iterator', screenIterator, [P]) as (setup: bigint) => {
    data: bigint;
  },
  flush: core.func('xcb_flush', int, [P]) as (connection: Connection) => number,
  generateId: core.func('xcb_generate_id', u32, [P]) as (connection: Connection) => number,
  pollForEvent: core.func('xcb_poll_for_event', P, [P]) as SendEvent,
  requestCheck: core.func('xcb_request_check', P, [P, u32]) as (
    connection: Connection,
    cookie: Cookie,
  ) => Pointer,
  queryExtension: core.func('xcb_query_extension', u32, [P, u16, 'str']) as (
    connection: Connection,
    length: number,
    name: string,
  ) => Cookie,
  queryExtensionReply: core.func('xcb_query_extension_reply', P, [P, u32, P]) as ReplyCall,
  getInputFocus: core.func('xcb_get_input_focus', u32, [P]) as (connection: Connection) => Cookie,
  getInputFocusReply: core.func('xcb_get_input_focus_reply', P, [P, u32, P]) as ReplyCall,
  changeWindowAttributes: core.func('xcb_change_window_attributes', u32, [P, u32, u32, P]) as (
    connection: Connection,
    window: number,
    mask: number,
    values: Buffer,
  ) => Cookie,
  getGeometry: core.func('xcb_get_geometry', u32, [P, u32]) as (
    connection: Connection,
    drawable: number,
  ) => Cookie,
  getGeometryReply: core.func('xcb_get_geometry_reply', P, [P, u32, P]) as ReplyCall,
};

/** Bytes of a reply or error, copied; the original is freed. Undefined for NULL (error, or the server is gone). */
export function takeReply(pointer: Pointer): Buffer | undefined {
  if (pointer === null) return undefined;
  // Header of every reply: type, data, sequence, then the length beyond 32 bytes in units of 4. An error (type 0) has 32 bytes only.
  const head = copyBytes(pointer, 32);
  const extra = head[0] === 1 ? head.readUInt32LE(4) * 4 : 0;
  const whole = extra === 0 ? head : copyBytes(pointer, 32 + extra);
  libc.free(pointer);
  return whole;
}

/** The next event's 32 bytes (the type is the low 7 bits of the first; 0 is an error), undefined when there is none. Never blocks. */
export function takeEvent(connection: Connection): Buffer | undefined {
  const pointer = xcb.pollForEvent(connection);
  if (pointer === null) return undefined;
  const event = copyBytes(pointer, 32);
  libc.free(pointer);
  return event;
}

/** An open connection and its first screen. */
export type XDisplay = {
  readonly connection: Connection;
  readonly fd: number;
  readonly root: number;
  readonly width: number;
  readonly height: number;
  readonly depth: number;
};

/** How to reach an X server. */
export type XAccess = {
  /** Path of its unix socket. */
  readonly socketPath: string;
  /** MIT-MAGIC-COOKIE-1 as hex; empty sends no authorization data. */
  readonly cookieHex: string;
};

const AF_UNIX = 1;
const SOCK_STREAM_CLOEXEC = 1 | 0o2000000;
/** sun_path of sockaddr_un, with its closing NUL. */
const SOCKET_PATH_MAX_BYTES = 108;

function connectSocket(socketPath: string): number {
  const path = Buffer.from(socketPath);
  if (path.length >= SOCKET_PATH_MAX_BYTES) {
    throw new CaptureError('display-lost', 'socket path too long');
  }
  const address = Buffer.alloc(2 + SOCKET_PATH_MAX_BYTES);
  address.writeUInt16LE(AF_UNIX, 0);
  path.copy(address, 2);
  const fd = libc.socket(AF_UNIX, SOCK_STREAM_CLOEXEC, 0);
  if (fd < 0) throw new CaptureError('display-lost', 'socket');
  if (libc.connect(fd, address, 2 + path.length + 1) !== 0) {
    libc.close(fd);
    throw new CaptureError('display-lost', 'connect');
  }
  return fd;
}

/**
 * Connects to an X server by its unix socket. The socket is connected by us: libxcb 1.15 on Linux takes no path as a display name (error 5, seen).
 * `onSocket` is told the descriptor before the handshake, which waits for the server.
 * The caller owns the connection (`xcb.disconnect`). @throws {CaptureError} display-lost
 */
export function openXDisplay(access: XAccess, onSocket?: (fd: number) => void): XDisplay {
  const cookie = Buffer.from(access.cookieHex, 'hex');
  const name = 'MIT-MAGIC-COOKIE-1';
  const auth =
    cookie.length === 0
      ? null
      : { namelen: name.length, name, datalen: cookie.length, data: cookie };
  const socket = connectSocket(access.socketPath);
  onSocket?.(socket);
  const connection = xcb.connectToFd(socket, auth);
  const error = xcb.hasError(connection);
  if (error !== 0) {
    xcb.disconnect(connection);
    throw new CaptureError('display-lost', `xcb_connect error ${String(error)}`);
  }
  // xcb_screen_t: root at 0, width and height in pixels at 20 and 22, root depth at 38.
  const screen = copyBytes(xcb.roots(xcb.setup(connection)).data, 40);
  return {
    connection,
    fd: xcb.fileDescriptor(connection),
    root: screen.readUInt32LE(0),
    width: screen.readUInt16LE(20),
    height: screen.readUInt16LE(22),
    depth: screen[38] ?? 0,
  };
}

/** Opcode and first event of an extension. @throws {CaptureError} extension-missing */
export function requireExtension(
  connection: Connection,
  name: string,
): { opcode: number; firstEvent: number } {
  const reply = takeReply(
    xcb.queryExtensionReply(
      connection,
      xcb.queryExtension(connection, Buffer.byteLength(name), name),
      null,
    ),
  );
  if (reply?.[8] !== 1) throw new CaptureError('extension-missing', name);
  return { opcode: reply[9] ?? 0, firstEvent: reply[10] ?? 0 };
}

export { u8, u16, i16, u32, int, P };
export type { Cookie, ReplyCall };
