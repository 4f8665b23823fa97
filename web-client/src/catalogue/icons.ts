// Line icons on a 24x24 grid, drawn here so that no file has to be loaded.
import { svg } from '../dom.ts';

const PATHS = {
  keyboard:
    'M3 7h18v10H3z M6 10h.01 M9 10h.01 M12 10h.01 M15 10h.01 M18 10h.01 M6 13.5h.01 M18 13.5h.01 M9 13.5h6',
  mouse: 'M12 3a5 5 0 0 1 5 5v8a5 5 0 0 1-10 0V8a5 5 0 0 1 5-5z M12 6.5v3.5',
  touch:
    'M9.5 12V5.5a1.6 1.6 0 0 1 3.2 0V11l4.6 1.2a2 2 0 0 1 1.5 2.2l-.5 3.4a4 4 0 0 1-4 3.2h-1.6a4 4 0 0 1-3-1.4l-3.6-4.2a1.5 1.5 0 0 1 2.1-2.1z M6 6.5a5.2 5.2 0 0 1 10.2 0',
  gamepad:
    'M8 8h8a5 5 0 0 1 5 5c0 2.6-1 4.5-2.6 4.5-1.7 0-2.4-2.3-4-2.300H9.600c-1.6 0-2.3 2.3-4 2.300C4 17.5 3 15.6 3 13a5 5 0 0 1 5-5z M8 10.500v3.5 M6.250 12.250h3.5 M15.5 11h.01 M17.5 13.200h.01',
  back: 'M14.5 5l-7 7 7 7',
  soundOn:
    'M4 9.500v5h3.500L12 18.500v-13L7.5 9.500z M15.5 9a4.2 4.2 0 0 1 0 6 M18 6.500a7.8 7.8 0 0 1 0 11',
  soundOff: 'M4 9.500v5h3.500L12 18.500v-13L7.5 9.500z M16 9.500l5 5 M21 9.500l-5 5',
  lock: 'M12 3v5 M12 16v5 M3 12h5 M16 12h5 M12 12h.01 M9.8 5.200L12 3l2.2 2.2 M9.8 18.800L12 21l2.2-2.2 M5.2 9.800L3 12l2.2 2.2 M18.8 9.800L21 12l-2.2 2.2',
  stats: 'M4 20h16 M6.5 20v-6 M11 20V9 M15.5 20v-8 M20 20V5',
  fullscreen: 'M4 9V4h5 M15 4h5v5 M20 15v5h-5 M9 20H4v-5',
  leaveFullscreen: 'M9 4v5H4 M20 9h-5V4 M15 20v-5h5 M4 15h5v5',
  end: 'M12 3.500v8 M7 6.300a7.5 7.5 0 1 0 10 0',
  menu: 'M6 9.500l6 6 6-6',
  play: 'M8 5.500v13l10.5-6.500z',
  warning: 'M12 4l9 15.5H3z M12 10v4.5 M12 17h.01',
  offline:
    'M4 4l16 16 M8.5 8.600A6 6 0 0 0 6 12.8 M12 7a6 6 0 0 1 6 5.8 M5 9.500a10 10 0 0 1 1-1 M12 17h.01',
} as const;

export type IconName = keyof typeof PATHS;

/** A decorative icon; the label beside it (or the button's aria-label) carries the meaning. */
export function icon(name: IconName): SVGSVGElement {
  return svg(
    'svg',
    {
      class: 'icon',
      viewBox: '0 0 24 24',
      fill: 'none',
      stroke: 'currentColor',
      'stroke-width': 1.75,
      'stroke-linecap': 'round',
      'stroke-linejoin': 'round',
      'aria-hidden': 'true',
      focusable: 'false',
    },
    ...PATHS[name]
      .split(' M')
      .map((part, index) => svg('path', { d: index === 0 ? part : `M${part}` })),
  );
}

/** The product's mark: a body and the nearest point of the orbit around it. */
export function logo(): SVGSVGElement {
  return svg(
    'svg',
    { class: 'logo', viewBox: '0 0 32 32', 'aria-hidden': 'true', focusable: 'false' },
    svg('ellipse', {
      cx: 16,
      cy: 16,
      rx: 13,
      ry: 7.5,
      fill: 'none',
      stroke: '#8494ad',
      'stroke-width': 1.6,
      transform: 'rotate(-24 16 16)',
    }),
    svg('circle', { cx: 19.5, cy: 14.8, r: 4.4, fill: '#ffb454' }),
    svg('circle', { cx: 27.2, cy: 11.6, r: 2.1, fill: '#ffffff' }),
  );
}
