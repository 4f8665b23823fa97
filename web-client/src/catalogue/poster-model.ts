// Poster art of a title without a picture of its own: a drawing grown from the title's id, so that it is the same on every device and needs no download.

/** One SVG element with its attributes; coordinates lie in POSTER_SIZE. */
export type PosterShape = {
  readonly tag: 'rect' | 'circle' | 'ellipse' | 'path';
  readonly attributes: Readonly<Record<string, string | number>>;
};

export type PosterModel = {
  readonly motif: Motif;
  /** Background gradient, top to bottom. */
  readonly background: readonly [string, string];
  /** The one bright colour of the drawing, for accents beside it. */
  readonly accent: string;
  readonly shapes: readonly PosterShape[];
};

export const POSTER_SIZE = { width: 320, height: 180 } as const;
const { width: W, height: H } = POSTER_SIZE;

const MOTIFS = [
  'orbits',
  'peaks',
  'tiles',
  'waves',
  'shards',
  'corridor',
  'windows',
  'sun',
] as const;
export type Motif = (typeof MOTIFS)[number];

/** Palettes: hue of the sky, hue of the accent. Chosen by eye on the dark page. */
const PALETTES = [
  { sky: 222, accent: 36 },
  { sky: 262, accent: 332 },
  { sky: 198, accent: 48 },
  { sky: 168, accent: 92 },
  { sky: 344, accent: 24 },
  { sky: 236, accent: 188 },
  { sky: 18, accent: 44 },
  { sky: 286, accent: 200 },
] as const;

type Random = () => number;
type Colours = { readonly sky: number; readonly accent: number };

/** FNV-1a, 32 bits. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** mulberry32: a small generator with a 32-bit seed, 0 <= value < 1. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const hsl = (hue: number, saturation: number, lightness: number): string =>
  `hsl(${String(Math.round(hue))} ${String(saturation)}% ${String(lightness)}%)`;
const round = (value: number): number => Math.round(value * 10) / 10;
const path = (d: string, attributes: PosterShape['attributes']): PosterShape => ({
  tag: 'path',
  attributes: { d, ...attributes },
});

function stars(random: Random, count: number): PosterShape[] {
  return Array.from({ length: count }, () => ({
    tag: 'circle' as const,
    attributes: {
      cx: round(random() * W),
      cy: round(random() * H * 0.75),
      r: round(0.4 + random() * 0.9),
      fill: '#ffffff',
      opacity: round(0.2 + random() * 0.6),
    },
  }));
}

function orbits(random: Random, { sky, accent }: Colours): PosterShape[] {
  const tilt = round(-28 + random() * 20);
  const cx = round(W * (0.4 + random() * 0.2));
  const cy = H * 0.52;
  const rings = Array.from({ length: 4 }, (_, i) => ({
    tag: 'ellipse' as const,
    attributes: {
      cx,
      cy,
      rx: 52 + i * 34,
      ry: round((52 + i * 34) * 0.42),
      fill: 'none',
      stroke: hsl(sky, 45, 68 - i * 9),
      'stroke-width': i === 1 ? 1.6 : 1,
      opacity: round(0.75 - i * 0.12),
      transform: `rotate(${String(tilt)} ${String(cx)} ${String(cy)})`,
    },
  }));
  const moons = [86, 120, 154].map((radius, i) => {
    const angle = random() * Math.PI * 2;
    const turn = (tilt * Math.PI) / 180;
    const x = Math.cos(angle) * radius;
    const y = Math.sin(angle) * radius * 0.42;
    return {
      tag: 'circle' as const,
      attributes: {
        cx: round(cx + x * Math.cos(turn) - y * Math.sin(turn)),
        cy: round(cy + x * Math.sin(turn) + y * Math.cos(turn)),
        r: 4 + i * 1.5,
        fill: hsl(sky + 20, 60, 84 - i * 8),
      },
    };
  });
  const body = { cx, cy, r: 29 };
  return [
    ...stars(random, 40),
    ...rings,
    { tag: 'circle', attributes: { ...body, fill: hsl(accent, 90, 62) } },
    {
      tag: 'circle',
      attributes: {
        ...body,
        cx: cx - 8,
        cy: cy - 7,
        r: 19,
        fill: hsl(accent, 96, 72),
        opacity: 0.55,
      },
    },
    ...moons,
  ];
}

function peaks(random: Random, { sky, accent }: Colours): PosterShape[] {
  const layers = Array.from({ length: 4 }, (_, layer) => {
    const base = H * (0.5 + layer * 0.13);
    const height = 62 - layer * 12;
    let d = `M0 ${String(H)}L0 ${String(round(base))}`;
    for (let x = 0; x <= W + 40; x += 40) {
      const top = base - (x % 80 === 0 ? 0.25 : 1) * height * (0.4 + random() * 0.6);
      d += `L${String(round(x + random() * 14))} ${String(round(top))}`;
    }
    return path(`${d}L${String(W + 40)} ${String(H)}Z`, {
      fill: hsl(sky + layer * 5, 42, 34 - layer * 7.5),
    });
  });
  return [
    ...stars(random, 30),
    {
      tag: 'circle',
      attributes: {
        cx: round(W * (0.25 + random() * 0.5)),
        cy: H * 0.36,
        r: 27,
        fill: hsl(accent, 92, 66),
      },
    },
    ...layers,
  ];
}

function tiles(random: Random, { sky, accent }: Colours): PosterShape[] {
  const size = 38;
  const gap = 7;
  const shapes: PosterShape[] = [];
  for (let row = 0; row < 4; row++) {
    for (let column = 0; column < 8; column++) {
      const chance = random();
      const hue = chance > 0.72 ? accent : sky + chance * 40;
      shapes.push({
        tag: 'rect',
        attributes: {
          x: column * (size + gap) - 18,
          y: row * (size + gap) + 2,
          width: size,
          height: size,
          rx: 8,
          fill: hsl(
            hue,
            chance > 0.72 ? 86 : 40,
            Math.round(chance > 0.72 ? 62 : 24 + chance * 26),
          ),
          opacity: round(0.55 + random() * 0.45),
        },
      });
    }
  }
  return shapes;
}

function waves(random: Random, { sky, accent }: Colours): PosterShape[] {
  const moon = {
    cx: round(W * (0.3 + random() * 0.4)),
    cy: H * 0.34,
    r: 24,
    fill: hsl(accent, 92, 68),
  };
  const layers = Array.from({ length: 6 }, (_, layer) => {
    const y = H * 0.42 + layer * 19;
    const swing = 9 + random() * 9;
    const phase = random() * 60;
    let d = `M-60 ${String(H)}L-60 ${String(round(y))}`;
    for (let x = -60; x < W + 60; x += 80) {
      const from = x + phase - 60;
      d += `C${String(round(from + 26))} ${String(round(y - swing))} ${String(round(from + 54))} ${String(round(y + swing))} ${String(round(from + 80))} ${String(round(y))}`;
    }
    return path(`${d}L${String(W + 80)} ${String(H)}Z`, {
      fill: hsl(sky + layer * 7, 56, 42 - layer * 5.5),
      opacity: 0.9,
    });
  });
  return [...stars(random, 26), { tag: 'circle', attributes: moon }, ...layers];
}

function shards(random: Random, { sky, accent }: Colours): PosterShape[] {
  const cell = 40;
  const columns = 9;
  const rows = 5;
  const points = Array.from({ length: (columns + 1) * (rows + 1) }, (_, i) => ({
    x: round((i % (columns + 1)) * cell - 20 + (random() - 0.5) * 24),
    y: round(Math.floor(i / (columns + 1)) * cell - 10 + (random() - 0.5) * 24),
  }));
  const shapes: PosterShape[] = [];
  const triangle = (a: number, b: number, c: number, bright: boolean): void => {
    const corners = [points[a], points[b], points[c]].flatMap((p) =>
      p === undefined ? [] : [`${String(p.x)} ${String(p.y)}`],
    );
    shapes.push(
      path(`M${corners.join('L')}Z`, {
        fill: bright
          ? hsl(accent, 88, 60)
          : hsl(sky + random() * 34, 46, Math.round(16 + random() * 26)),
      }),
    );
  };
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = row * (columns + 1) + column;
      triangle(at, at + 1, at + columns + 1, random() > 0.93);
      triangle(at + 1, at + columns + 1, at + columns + 2, random() > 0.95);
    }
  }
  return shapes;
}

function corridor(random: Random, { sky, accent }: Colours): PosterShape[] {
  const cx = W * (0.42 + random() * 0.16);
  const cy = H * 0.48;
  const frames = Array.from({ length: 7 }, (_, i) => {
    const scale = 1.25 * 0.66 ** i;
    return {
      tag: 'rect' as const,
      attributes: {
        x: round(cx - (W / 2) * scale),
        y: round(cy - (H / 2) * scale),
        width: round(W * scale),
        height: round(H * scale),
        fill: hsl(sky, 40, 24 - i * 2.5),
        stroke: hsl(i === 6 ? accent : sky, 60, Math.min(70, 30 + i * 5)),
        'stroke-width': round(2.4 - i * 0.25),
      },
    };
  });
  const lines = [
    [-20, -20],
    [W + 20, -20],
    [-20, H + 20],
    [W + 20, H + 20],
  ].map(([x = 0, y = 0]) =>
    path(`M${String(x)} ${String(y)}L${String(round(cx))} ${String(round(cy))}`, {
      stroke: hsl(sky, 45, 36),
      'stroke-width': 1.4,
      fill: 'none',
    }),
  );
  return [
    ...frames,
    ...lines,
    {
      tag: 'circle',
      attributes: { cx: round(cx), cy: round(cy), r: 34, fill: hsl(accent, 95, 60), opacity: 0.22 },
    },
    {
      tag: 'circle',
      attributes: { cx: round(cx), cy: round(cy), r: 17, fill: hsl(accent, 95, 60), opacity: 0.5 },
    },
    {
      tag: 'circle',
      attributes: { cx: round(cx), cy: round(cy), r: 7, fill: hsl(accent, 98, 78) },
    },
  ];
}

function windows(random: Random, { sky, accent }: Colours): PosterShape[] {
  const frame = (
    x: number,
    y: number,
    width: number,
    height: number,
    hue: number,
  ): PosterShape[] => [
    {
      tag: 'rect',
      attributes: {
        x,
        y,
        width,
        height,
        rx: 8,
        fill: hsl(hue, 34, 26),
        stroke: hsl(hue, 40, 46),
        'stroke-width': 1,
      },
    },
    {
      tag: 'rect',
      attributes: { x: x + 10, y: y + 9, width: 26, height: 4, rx: 2, fill: hsl(accent, 88, 64) },
    },
    ...Array.from({ length: Math.floor((height - 34) / 13) }, (_, i) => ({
      tag: 'rect' as const,
      attributes: {
        x: x + 10,
        y: y + 25 + i * 13,
        width: round((width - 20) * (0.45 + random() * 0.55)),
        height: 5,
        rx: 2.5,
        fill: hsl(hue, 30, 56),
        opacity: 0.55,
      },
    })),
  ];
  const shift = Math.round(random() * 24);
  return [
    ...stars(random, 14),
    ...frame(34 + shift, 26, 150, 96, sky),
    ...frame(132 + shift, 58, 140, 100, sky + 24),
    { tag: 'circle', attributes: { cx: 254 + shift, cy: 46, r: 13, fill: hsl(accent, 90, 64) } },
  ];
}

function sun(random: Random, { sky, accent }: Colours): PosterShape[] {
  const cx = round(W * (0.38 + random() * 0.24));
  const horizon = H * 0.62;
  const lines: PosterShape[] = [];
  for (let i = -12; i <= 12; i++) {
    lines.push(
      path(
        `M${String(round(cx + i * 9))} ${String(horizon)}L${String(round(cx + i * 70))} ${String(H)}`,
        { stroke: hsl(sky, 70, 52), 'stroke-width': 1, opacity: 0.6, fill: 'none' },
      ),
    );
  }
  for (const y of [0.02, 0.12, 0.28, 0.5, 0.78]) {
    const at = String(round(horizon + (H - horizon) * y));
    lines.push(
      path(`M0 ${at}L${String(W)} ${at}`, {
        stroke: hsl(sky, 70, 52),
        'stroke-width': 1,
        opacity: 0.6,
        fill: 'none',
      }),
    );
  }
  const bands = [0.5, 0.64, 0.76, 0.87].map((part, i) => ({
    tag: 'rect' as const,
    attributes: {
      x: cx - 60,
      y: round(horizon - 96 + part * 100),
      width: 120,
      height: 2 + i * 1.4,
      fill: hsl(sky, 55, 20),
    },
  }));
  return [
    ...stars(random, 30),
    { tag: 'circle', attributes: { cx, cy: horizon - 42, r: 50, fill: hsl(accent, 92, 62) } },
    ...bands,
    {
      tag: 'rect',
      attributes: { x: 0, y: horizon, width: W, height: H - horizon, fill: hsl(sky, 55, 11) },
    },
    ...lines,
  ];
}

const DRAW = {
  orbits,
  peaks,
  tiles,
  waves,
  shards,
  corridor,
  windows,
  sun,
} as const satisfies Record<Motif, (random: Random, colours: Colours) => PosterShape[]>;

/** What the category's words suggest; otherwise the id decides. */
function chooseMotif(category: string, random: Random): Motif {
  const words = category.toLowerCase();
  if (/puzzle|board|card/.test(words)) return 'tiles';
  if (/shoot|fps|dungeon/.test(words)) return 'corridor';
  if (/office|desktop|app|tool|drawing|program/.test(words)) return 'windows';
  const free = MOTIFS.filter((motif) => motif !== 'windows' && motif !== 'tiles');
  return free[Math.floor(random() * free.length)] ?? 'orbits';
}

/** Draws the poster of a title: the same id and category always give the same picture. */
export function drawPoster({
  titleId,
  category,
}: {
  titleId: string;
  category: string;
}): PosterModel {
  const random = seededRandom(hashText(titleId));
  const palette = PALETTES[Math.floor(random() * PALETTES.length)] ?? PALETTES[0];
  const motif = chooseMotif(category, random);
  return {
    motif,
    background: [hsl(palette.sky, 52, 27), hsl(palette.sky + 18, 58, 10)],
    accent: hsl(palette.accent, 92, 66),
    shapes: DRAW[motif](random, palette),
  };
}
