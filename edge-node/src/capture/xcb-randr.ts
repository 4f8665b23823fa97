// The few calls of RandR that change the size of a screen with one output. Layouts: randrproto.txt and libxcb's randr.h.
import koffi from 'koffi';
import { loadLibrary } from './native.ts';
import {
  i16,
  P,
  takeReply,
  u16,
  u32,
  xcb,
  type Connection,
  type Cookie,
  type ReplyCall,
} from './xcb.ts';

const library = loadLibrary('libxcb-randr.so.0');

const modeInfo = koffi.struct({
  id: u32,
  width: u16,
  height: u16,
  dot_clock: u32,
  hsync_start: u16,
  hsync_end: u16,
  htotal: u16,
  hskew: u16,
  vsync_start: u16,
  vsync_end: u16,
  vtotal: u16,
  name_len: u16,
  mode_flags: u32,
});

/** Timing of a mode in pixels and lines; the names are the protocol's. */
export type ModeInfo = {
  readonly id: number;
  readonly width: number;
  readonly height: number;
  readonly dot_clock: number;
  readonly hsync_start: number;
  readonly hsync_end: number;
  readonly htotal: number;
  readonly hskew: number;
  readonly vsync_start: number;
  readonly vsync_end: number;
  readonly vtotal: number;
  readonly name_len: number;
  readonly mode_flags: number;
};

const calls = {
  queryVersion: library.func('xcb_randr_query_version', u32, [P, u32, u32]) as (
    connection: Connection,
    major: number,
    minor: number,
  ) => Cookie,
  queryVersionReply: library.func('xcb_randr_query_version_reply', P, [P, u32, P]) as ReplyCall,
  getResources: library.func('xcb_randr_get_screen_resources_current', u32, [P, u32]) as (
    connection: Connection,
    window: number,
  ) => Cookie,
  getResourcesReply: library.func('xcb_randr_get_screen_resources_current_reply', P, [
    P,
    u32,
    P,
  ]) as ReplyCall,
  getSizeRange: library.func('xcb_randr_get_screen_size_range', u32, [P, u32]) as (
    connection: Connection,
    window: number,
  ) => Cookie,
  getSizeRangeReply: library.func('xcb_randr_get_screen_size_range_reply', P, [
    P,
    u32,
    P,
  ]) as ReplyCall,
  getOutput: library.func('xcb_randr_get_output_info', u32, [P, u32, u32]) as (
    connection: Connection,
    output: number,
    timestamp: number,
  ) => Cookie,
  getOutputReply: library.func('xcb_randr_get_output_info_reply', P, [P, u32, P]) as ReplyCall,
  createMode: library.func('xcb_randr_create_mode', u32, [P, u32, modeInfo, u32, 'str']) as (
    connection: Connection,
    window: number,
    mode: ModeInfo,
    nameLength: number,
    name: string,
  ) => Cookie,
  createModeReply: library.func('xcb_randr_create_mode_reply', P, [P, u32, P]) as ReplyCall,
  addOutputMode: library.func('xcb_randr_add_output_mode_checked', u32, [P, u32, u32]) as (
    connection: Connection,
    output: number,
    mode: number,
  ) => Cookie,
  setScreenSize: library.func('xcb_randr_set_screen_size_checked', u32, [
    P,
    u32,
    u16,
    u16,
    u32,
    u32,
  ]) as (
    connection: Connection,
    window: number,
    width: number,
    height: number,
    widthMm: number,
    heightMm: number,
  ) => Cookie,
  setCrtc: library.func('xcb_randr_set_crtc_config', u32, [
    P,
    u32,
    u32,
    u32,
    i16,
    i16,
    u32,
    u16,
    u32,
    P,
  ]) as (
    connection: Connection,
    crtc: number,
    timestamp: number,
    configTimestamp: number,
    x: number,
    y: number,
    mode: number,
    rotation: number,
    outputCount: number,
    outputs: Buffer | null,
  ) => Cookie,
  setCrtcReply: library.func('xcb_randr_set_crtc_config_reply', P, [P, u32, P]) as ReplyCall,
};

export type Mode = { readonly id: number; readonly width: number; readonly height: number };
export type Output = {
  readonly id: number;
  /** 0 when the output shows nothing. */
  readonly crtc: number;
  readonly isConnected: boolean;
  readonly crtcs: readonly number[];
  readonly modes: readonly number[];
};
export type ScreenResources = {
  readonly configTimestamp: number;
  readonly outputs: readonly number[];
  readonly modes: readonly Mode[];
};

function readIds(reply: Buffer, offset: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => reply.readUInt32LE(offset + index * 4));
}

/** RandR of one connection; every method is one round trip and gives undefined or false where the server refuses. */
export class Randr {
  readonly #connection: Connection;
  readonly #root: number;

  constructor(connection: Connection, root: number) {
    this.#connection = connection;
    this.#root = root;
    takeReply(calls.queryVersionReply(connection, calls.queryVersion(connection, 1, 3), null));
  }

  resources(): ScreenResources | undefined {
    const cookie = calls.getResources(this.#connection, this.#root);
    const reply = takeReply(calls.getResourcesReply(this.#connection, cookie, null));
    if (reply === undefined) return undefined;
    const [crtcCount, outputCount, modeCount] = [16, 18, 20].map((at) => reply.readUInt16LE(at));
    const outputsAt = 32 + (crtcCount ?? 0) * 4;
    const modesAt = outputsAt + (outputCount ?? 0) * 4;
    const modes = Array.from({ length: modeCount ?? 0 }, (_, index) => {
      const at = modesAt + index * 32;
      return {
        id: reply.readUInt32LE(at),
        width: reply.readUInt16LE(at + 4),
        height: reply.readUInt16LE(at + 6),
      };
    });
    return {
      configTimestamp: reply.readUInt32LE(12),
      outputs: readIds(reply, outputsAt, outputCount ?? 0),
      modes,
    };
  }

  /** Largest size the screen can get. */
  maximum(): { width: number; height: number } | undefined {
    const cookie = calls.getSizeRange(this.#connection, this.#root);
    const reply = takeReply(calls.getSizeRangeReply(this.#connection, cookie, null));
    if (reply === undefined) return undefined;
    return { width: reply.readUInt16LE(12), height: reply.readUInt16LE(14) };
  }

  output(id: number, configTimestamp: number): Output | undefined {
    const cookie = calls.getOutput(this.#connection, id, configTimestamp);
    const reply = takeReply(calls.getOutputReply(this.#connection, cookie, null));
    if (reply === undefined) return undefined;
    const crtcCount = reply.readUInt16LE(26);
    return {
      id,
      crtc: reply.readUInt32LE(12),
      isConnected: reply[24] === 0,
      crtcs: readIds(reply, 36, crtcCount),
      modes: readIds(reply, 36 + crtcCount * 4, reply.readUInt16LE(28)),
    };
  }

  /** Id of the new mode. */
  createMode(mode: ModeInfo, name: string): number | undefined {
    const cookie = calls.createMode(this.#connection, this.#root, mode, name.length, name);
    return takeReply(calls.createModeReply(this.#connection, cookie, null))?.readUInt32LE(8);
  }

  addOutputMode(output: number, mode: number): boolean {
    return this.#check(calls.addOutputMode(this.#connection, output, mode));
  }

  setScreenSize(size: { width: number; height: number }): boolean {
    // Millimetres at 96 dots per inch.
    const toMm = (pixels: number): number => Math.round((pixels * 25.4) / 96);
    const { width, height } = size;
    return this.#check(
      calls.setScreenSize(this.#connection, this.#root, width, height, toMm(width), toMm(height)),
    );
  }

  /** Shows `mode` on `output`, or nothing (mode 0). */
  setCrtc(crtc: number, mode: number, output: number): boolean {
    const outputs = Buffer.alloc(4);
    outputs.writeUInt32LE(output);
    const isOff = mode === 0;
    const cookie = calls.setCrtc(
      this.#connection,
      crtc,
      0,
      0,
      0,
      0,
      mode,
      1,
      isOff ? 0 : 1,
      isOff ? null : outputs,
    );
    // Status 0 is success.
    return takeReply(calls.setCrtcReply(this.#connection, cookie, null))?.[1] === 0;
  }

  #check(cookie: Cookie): boolean {
    return takeReply(xcb.requestCheck(this.#connection, cookie)) === undefined;
  }
}
