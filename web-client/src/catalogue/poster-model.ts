// Poster art of a title without a picture of its own: a drawing grown from the title's id, so that it is the same on every device and needs no download.
import { DRAW_MOTIF, hsl, type PosterShape, type Random } from './poster-motifs.ts';

export type Motif = keyof typeof DRAW_MOTIF;

export type PosterModel = {
  readonly motif: Motif;
  /** Background gradient, top to bottom. */
  readonly background: readonly [string, string];
  readonly shapes: readonly PosterShape[];
};

/** Palettes: hue of the sky, hue of the accent. Chosen by eye on the dark page. */
const PALETTES = [
  { sky: 222, accent: 36 },
  { sky: 262, accent: 332 },
  { sky: 198, accent: 48 },
  { sky: 168, accent: 92 },
  { sky: 344, accent: 24 },
  { sky: 236, accent: 188 },
  { sky: 208, accent: 14 },
  { sky: 286, accent: 200 },
] as const;

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

/** What the category's words suggest; otherwise the id decides. */
function chooseMotif(category: string, random: Random): Motif {
  const words = category.toLowerCase();
  if (/puzzle|board|card/.test(words)) return 'tiles';
  if (/shoot|fps|dungeon/.test(words)) return 'corridor';
  if (/office|desktop|app|tool|drawing|program/.test(words)) return 'windows';
  const free = (Object.keys(DRAW_MOTIF) as Motif[]).filter(
    (motif) => motif !== 'windows' && motif !== 'tiles',
  );
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
    shapes: DRAW_MOTIF[motif](random, palette),
  };
}
