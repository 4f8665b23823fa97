import type { Resolution } from '@perigee/protocol';
import type { DisplayAccess } from './display-access.ts';

/** Largest screen a display can be resized to, both ways (a phone turned by RandR). 26 MB of memory, touched as used. */
export const MAX_SCREEN: Resolution = { width: 2560, height: 2560 };

/** Sizes that a display offers from the start; others are added through RandR. */
const COMMON_RESOLUTIONS: readonly Resolution[] = [
  { width: 640, height: 480 },
  { width: 800, height: 600 },
  { width: 960, height: 540 },
  { width: 1024, height: 768 },
  { width: 1280, height: 720 },
  { width: 720, height: 1280 },
  { width: 1280, height: 800 },
  { width: 720, height: 1440 },
  { width: 1920, height: 1080 },
  { width: 1080, height: 1920 },
];

export type InputSocketPaths = NonNullable<DisplayAccess['inputSockets']>;

/**
 * xorg.conf(5) for one session: `dummy` video and four `inputtest` devices. A display starts in `resolution`, and every other mode
 * can be reached without a restart. Mouse acceleration is off: the edge injects exactly what the browser measured.
 */
export function xorgConfig(resolution: Resolution, sockets: InputSocketPaths): string {
  const modes = [
    resolution,
    ...COMMON_RESOLUTIONS.filter((r) => modeName(r) !== modeName(resolution)),
  ];
  return `Section "ServerFlags"
  Option "AutoAddDevices" "false"
  Option "DontVTSwitch" "true"
  Option "DontZap" "true"
  Option "BlankTime" "0"
  Option "DPMS" "false"
EndSection
Section "Device"
  Identifier "video"
  Driver "dummy"
  VideoRam 64000
EndSection
Section "Monitor"
  Identifier "monitor"
  HorizSync 5-1000
  VertRefresh 5-200
${modes.map((mode) => `  ${modeline(mode)}`).join('\n')}
EndSection
Section "Screen"
  Identifier "screen"
  Device "video"
  Monitor "monitor"
  DefaultDepth 24
  SubSection "Display"
    Depth 24
    Modes ${modes.map((mode) => `"${modeName(mode)}"`).join(' ')}
    Virtual ${String(MAX_SCREEN.width)} ${String(MAX_SCREEN.height)}
  EndSubSection
EndSection
${inputDevice('keyboard', 'Keyboard', sockets.keyboard)}
${inputDevice('pointer-absolute', 'PointerAbsolute', sockets.pointerAbsolute)}
${inputDevice('pointer-relative', 'Pointer', sockets.pointerRelative)}
${inputDevice('touch', 'Touch', sockets.touch)}
Section "ServerLayout"
  Identifier "layout"
  Screen "screen"
  InputDevice "keyboard" "CoreKeyboard"
  InputDevice "pointer-absolute" "CorePointer"
  InputDevice "pointer-relative" "SendCoreEvents"
  InputDevice "touch" "SendCoreEvents"
EndSection
`;
}

function inputDevice(identifier: string, type: string, socketPath: string): string {
  const touch = type === 'Touch' ? '\n  Option "TouchCount" "10"' : '';
  return `Section "InputDevice"
  Identifier "${identifier}"
  Driver "inputtest"
  Option "DeviceType" "${type}"
  Option "SocketPath" "${socketPath}"
  Option "AccelerationScheme" "none"${touch}
EndSection`;
}

function modeName({ width, height }: Resolution): string {
  return `${String(width)}x${String(height)}`;
}

/** 60 Hz. Blanking of 256 columns and 53 lines: the server refuses less ("reduced blanking", PHONE.md section 3). */
function modeline(resolution: Resolution): string {
  const { width: w, height: h } = resolution;
  const clockMhz = ((w + 256) * (h + 53) * 60) / 1e6;
  const horizontal = [w, w + 56, w + 128, w + 256].join(' ');
  const vertical = [h, h + 3, h + 13, h + 53].join(' ');
  return `Modeline "${modeName(resolution)}" ${clockMhz.toFixed(3)} ${horizontal} ${vertical}`;
}
