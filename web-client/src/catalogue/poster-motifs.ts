// The motifs that posters are drawn from: each a few shapes from chance and two hues.

/** One SVG element with its attributes; coordinates lie in POSTER_SIZE. */
export type PosterShape = {
  readonly tag: 'rect' | 'circle' | 'ellipse' | 'path';
  readonly attributes: Readonly<Record<string, string | number>>;
};

export const POSTER_SIZE = { width: 320, height: 180 } as const;
const { width: W, height: H } = POSTER_SIZE;

/** 0 <= value < 1. */
export type Random = () => number;
/** Hues in degrees. */
export type Colours = { readonly sky: number; readonly accent: number };

/** A colour by hue in degrees, saturation and lightness in per cent. */
export const hsl = (hue: number, saturation: number, lightness: number): string =>
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
  type Frame = { x: number; y: number; width: number; height: number; hue: number };
  const frame = ({ x, y, width, height, hue }: Frame): PosterShape[] => [
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
    ...frame({ x: 34 + shift, y: 26, width: 150, height: 96, hue: sky }),
    ...frame({ x: 132 + shift, y: 58, width: 140, height: 100, hue: sky + 24 }),
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
  const radius = 50;
  const bands = [0.5, 0.64, 0.76, 0.87].map((part, i) => {
    const y = horizon - 96 + part * 100;
    const halfWidth = Math.sqrt(Math.max(0, radius ** 2 - (y - (horizon - 42)) ** 2)) + 1;
    return {
      tag: 'rect' as const,
      attributes: {
        x: round(cx - halfWidth),
        y: round(y),
        width: round(2 * halfWidth),
        height: round(2 + i * 1.4),
        fill: hsl(sky, 54, 17),
      },
    };
  });
  return [
    ...stars(random, 30),
    { tag: 'circle', attributes: { cx, cy: horizon - 42, r: radius, fill: hsl(accent, 92, 62) } },
    ...bands,
    {
      tag: 'rect',
      attributes: { x: 0, y: horizon, width: W, height: H - horizon, fill: hsl(sky, 55, 11) },
    },
    ...lines,
  ];
}

/** Draws a motif; the same chance gives the same shapes. */
export const DRAW_MOTIF = {
  orbits,
  peaks,
  tiles,
  waves,
  shards,
  corridor,
  windows,
  sun,
} as const satisfies Record<string, (random: Random, colours: Colours) => PosterShape[]>;
