// The extensions that capture uses: DAMAGE (what changed), XFIXES (regions), MIT-SHM (pixels without the socket).
import { CaptureError } from './capture-error.ts';
import { loadLibrary } from './native.ts';
import {
  i16,
  P,
  requireExtension,
  takeReply,
  u16,
  u32,
  u8,
  type Connection,
  type Cookie,
  type ReplyCall,
} from './xcb.ts';

const damageLibrary = loadLibrary('libxcb-damage.so.0');
const fixesLibrary = loadLibrary('libxcb-xfixes.so.0');
const shmLibrary = loadLibrary('libxcb-shm.so.0');

type QueryVersion = (connection: Connection, major: number, minor: number) => Cookie;
type OneId = (connection: Connection, id: number) => Cookie;

export const damage = {
  queryVersion: damageLibrary.func('xcb_damage_query_version', u32, [P, u32, u32]) as QueryVersion,
  queryVersionReply: damageLibrary.func('xcb_damage_query_version_reply', P, [
    P,
    u32,
    P,
  ]) as ReplyCall,
  create: damageLibrary.func('xcb_damage_create', u32, [P, u32, u32, u8]) as (
    connection: Connection,
    damage: number,
    drawable: number,
    level: number,
  ) => Cookie,
  destroy: damageLibrary.func('xcb_damage_destroy', u32, [P, u32]) as OneId,
  subtract: damageLibrary.func('xcb_damage_subtract', u32, [P, u32, u32, u32]) as (
    connection: Connection,
    damage: number,
    repair: number,
    parts: number,
  ) => Cookie,
};

export const xfixes = {
  queryVersion: fixesLibrary.func('xcb_xfixes_query_version', u32, [P, u32, u32]) as QueryVersion,
  queryVersionReply: fixesLibrary.func('xcb_xfixes_query_version_reply', P, [
    P,
    u32,
    P,
  ]) as ReplyCall,
  createRegion: fixesLibrary.func('xcb_xfixes_create_region', u32, [P, u32, u32, P]) as (
    connection: Connection,
    region: number,
    count: number,
    rectangles: null,
  ) => Cookie,
  fetchRegion: fixesLibrary.func('xcb_xfixes_fetch_region', u32, [P, u32]) as OneId,
  fetchRegionReply: fixesLibrary.func('xcb_xfixes_fetch_region_reply', P, [P, u32, P]) as ReplyCall,
};

type GetImage = (
  connection: Connection,
  drawable: number,
  x: number,
  y: number,
  width: number,
  height: number,
  planeMask: number,
  format: number,
  segment: number,
  offset: number,
) => Cookie;

export const shm = {
  queryVersion: shmLibrary.func('xcb_shm_query_version', u32, [P]) as (c: Connection) => Cookie,
  queryVersionReply: shmLibrary.func('xcb_shm_query_version_reply', P, [P, u32, P]) as ReplyCall,
  /** libxcb closes the descriptor once it is sent. */
  attachFdChecked: shmLibrary.func('xcb_shm_attach_fd_checked', u32, [P, u32, 'int32', u8]) as (
    connection: Connection,
    segment: number,
    fd: number,
    isReadOnly: number,
  ) => Cookie,
  detach: shmLibrary.func('xcb_shm_detach', u32, [P, u32]) as OneId,
  getImage: shmLibrary.func('xcb_shm_get_image', u32, [
    P,
    u32,
    i16,
    i16,
    u16,
    u16,
    u32,
    u8,
    u32,
    u32,
  ]) as GetImage,
  getImageReply: shmLibrary.func('xcb_shm_get_image_reply', P, [P, u32, P]) as ReplyCall,
};

/** XDamageReportNonEmpty: one event, then silence until the damage is subtracted. */
export const REPORT_NON_EMPTY = 3;
export const Z_PIXMAP = 2;
export const ALL_PLANES = 0xffffffff;

/** Announces the versions that capture needs and returns the type of the damage event. @throws {CaptureError} extension-missing */
export function prepareCaptureExtensions(connection: Connection): { damageEvent: number } {
  const { firstEvent } = requireExtension(connection, 'DAMAGE');
  requireExtension(connection, 'XFIXES');
  requireExtension(connection, 'MIT-SHM');
  takeReply(damage.queryVersionReply(connection, damage.queryVersion(connection, 1, 1), null));
  takeReply(xfixes.queryVersionReply(connection, xfixes.queryVersion(connection, 5, 0), null));
  const version = takeReply(shm.queryVersionReply(connection, shm.queryVersion(connection), null));
  // Attaching by descriptor came with MIT-SHM 1.2.
  const minor = version?.readUInt16LE(10) ?? 0;
  if (version === undefined || (version.readUInt16LE(8) === 1 && minor < 2)) {
    throw new CaptureError('extension-missing', 'MIT-SHM 1.2');
  }
  return { damageEvent: firstEvent };
}
