import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * What shows that a package is there: a command, a shared library, or a file. Looking for the
 * thing itself takes microseconds, and finds it on systems that name their packages otherwise.
 * @typedef {{ command: string } | { library: string } | { file: string }} Proof
 */

/**
 * @typedef {object} DebianNeed
 * @property {string} name the package in Debian 12
 * @property {Proof} proof
 * @property {string} why shown to the person whose machine it is installed on
 * @property {'run' | 'test'} group `test`: only tests and benchmarks need it
 */

/** @type {DebianNeed[]} */
export const debianNeeds = [
  ...run('display: the X server a title draws on', {
    'xserver-xorg-core': { command: 'Xorg' },
    'xserver-xorg-video-dummy': { file: '/usr/lib/xorg/modules/drivers/dummy_drv.so' },
  }),
  ...run('display: the X server to fall back on', { xvfb: { command: 'Xvfb' } }),
  ...run('display: keyboard layouts of the X server', {
    'x11-xkb-utils': { command: 'xkbcomp' },
    'xkb-data': { file: '/usr/share/X11/xkb/rules/evdev' },
  }),
  ...run('capture: reads the pictures a title draws', {
    libxcb1: { library: 'libxcb.so.1' },
    'libxcb-damage0': { library: 'libxcb-damage.so.0' },
    'libxcb-shm0': { library: 'libxcb-shm.so.0' },
    'libxcb-xfixes0': { library: 'libxcb-xfixes.so.0' },
    'libxcb-randr0': { library: 'libxcb-randr.so.0' },
  }),
  ...run('capture: turns pictures into what an encoder takes', {
    libyuv0: { library: 'libyuv.so.0' },
  }),
  ...run('sound: the sound server of a session', {
    pulseaudio: { command: 'pulseaudio' },
    'pulseaudio-utils': { command: 'pactl' },
  }),
  ...run('sandbox: keeps a title from the rest of the machine', {
    bubblewrap: { command: 'bwrap' },
    libseccomp2: { library: 'libseccomp.so.2' },
    'util-linux': { command: 'setpriv' },
  }),
  ...run('title: Freedoom', {
    'crispy-doom': { command: 'crispy-doom' },
    freedoom: { file: '/usr/share/games/doom/freedoom1.wad' },
  }),
  ...run('title: Mahjongg', { 'gnome-mahjongg': { command: 'gnome-mahjongg' } }),
  ...run('title: Gnumeric', { gnumeric: { command: 'gnumeric' } }),
  ...run('titles: what desktop programs lean on', {
    'matchbox-window-manager': { command: 'matchbox-window-manager' },
    'x11-utils': { command: 'xprop' },
    'dbus-daemon': { command: 'dbus-run-session' },
    'fonts-dejavu-core': { file: '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf' },
  }),
  ...run('compiler: builds the latency probe', {
    gcc: { command: 'gcc' },
    'libc6-dev': { file: '/usr/include/stdio.h' },
    'libx11-dev': { file: '/usr/include/X11/Xlib.h' },
    'libxi-dev': { file: '/usr/include/X11/extensions/XInput2.h' },
  }),
  {
    name: 'chromium',
    proof: { command: 'chromium' },
    why: 'tests and benchmarks: the browser that plays',
    group: 'test',
  },
];

const COMMAND_FOLDERS = ['/usr/bin', '/usr/games', '/usr/sbin', '/bin', '/usr/local/bin'];

/** Debian's names of the processors that the project's Node exists for. */
const MULTIARCH = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };

/**
 * The needs that nothing on this machine meets, in the order of the table.
 * @param {DebianNeed[]} needs
 * @param {(file: string) => boolean} [exists]
 */
export function missingNeeds(needs, exists = existsSync) {
  return needs.filter((need) => !placesOf(need.proof).some((place) => exists(place)));
}

/**
 * @param {Proof} proof
 * @returns {string[]}
 */
function placesOf(proof) {
  if ('file' in proof) return [proof.file];
  if ('command' in proof) return COMMAND_FOLDERS.map((folder) => path.join(folder, proof.command));
  const triplet = process.arch === 'arm64' ? MULTIARCH.arm64 : MULTIARCH.x64;
  const folders = [`/usr/lib/${triplet}`, `/lib/${triplet}`, '/usr/lib64', '/usr/lib', '/lib'];
  return folders.map((folder) => path.join(folder, proof.library));
}

/**
 * @param {string} why
 * @param {Record<string, Proof>} packages
 * @returns {DebianNeed[]}
 */
function run(why, packages) {
  return Object.entries(packages).map(([name, proof]) => ({ name, proof, why, group: 'run' }));
}
