import { openXDisplay, xcb, type XAccess, type XDisplay } from './xcb.ts';
import { Randr, type ModeInfo, type Output } from './xcb-randr.ts';

type Size = { readonly width: number; readonly height: number };

/**
 * Asks an X display for another size by RandR, making the mode if there is none. The size that was reached is what a new connection sees;
 * a server that cannot (Xvfb grows to no more than its first size) keeps what it has. @throws {CaptureError} display-lost
 */
export function resizeDisplay(access: XAccess, request: Size & { readonly fps: number }): void {
  const display = openXDisplay(access);
  try {
    if (display.width !== request.width || display.height !== request.height) {
      changeSize(display, request);
    }
  } finally {
    xcb.disconnect(display.connection);
  }
}

function changeSize(display: XDisplay, request: Size & { fps: number }): void {
  const randr = new Randr(display.connection, display.root);
  const maximum = randr.maximum();
  const resources = randr.resources();
  if (maximum === undefined || resources === undefined) return;
  if (request.width > maximum.width || request.height > maximum.height) return;
  const output = resources.outputs
    .map((id) => randr.output(id, resources.configTimestamp))
    .find((candidate) => candidate?.isConnected === true);
  const crtc = output === undefined || output.crtc !== 0 ? output?.crtc : output.crtcs[0];
  if (output === undefined || crtc === undefined) return;
  const known = resources.modes.find(
    (mode) =>
      mode.width === request.width &&
      mode.height === request.height &&
      output.modes.includes(mode.id),
  );
  const mode = known?.id ?? addMode(randr, output, request);
  if (mode === undefined) return;
  applyMode(randr, { display, output: output.id, crtc, mode, size: request });
}

function addMode(
  randr: Randr,
  output: Output,
  request: Size & { fps: number },
): number | undefined {
  const name = `perigee-${String(request.width)}x${String(request.height)}-${String(request.fps)}`;
  const mode = randr.createMode(timingOf(request, name), name);
  return mode !== undefined && randr.addOutputMode(output.id, mode) ? mode : undefined;
}

type Change = {
  readonly display: Size;
  readonly output: number;
  readonly crtc: number;
  readonly mode: number;
  readonly size: Size;
};

/** A screen may never be smaller than what its crtc shows: the crtc is switched off before the screen shrinks and set after it grew. */
function applyMode(randr: Randr, { display, output, crtc, mode, size }: Change): void {
  const shrinks = size.width < display.width || size.height < display.height;
  if (shrinks) randr.setCrtc(crtc, 0, output);
  randr.setScreenSize(size);
  randr.setCrtc(crtc, mode, output);
}

/** A timing with blanking as wide as the dummy driver likes it (lab: +256 columns, +53 lines). */
function timingOf({ width, height, fps }: Size & { fps: number }, name: string): ModeInfo {
  const htotal = width + 256;
  const vtotal = height + 53;
  return {
    id: 0,
    width,
    height,
    dot_clock: htotal * vtotal * fps,
    hsync_start: width + 56,
    hsync_end: width + 128,
    htotal,
    hskew: 0,
    vsync_start: height + 3,
    vsync_end: height + 13,
    vtotal,
    name_len: name.length,
    mode_flags: 0,
  };
}
