// What the catalogue shows, as plain data: parsed once from the server's answer, ordered, and put into words.
import type { InputKind } from '@perigee/protocol';
import { STRINGS } from '../strings.ts';

/** A title as the catalogue knows it. `resolution` is the title's own picture size in pixels. */
export type CatalogueTitle = {
  readonly titleId: string;
  readonly name: string;
  readonly description: string;
  readonly category: string;
  readonly resolution: { readonly width: number; readonly height: number };
  readonly input: readonly InputKind[];
  /** Whether an edge node offers the title now. */
  readonly isOnline: boolean;
};

/** A card of the catalogue. */
export type Card = {
  readonly title: CatalogueTitle;
  readonly kinds: readonly { readonly kind: InputKind; readonly label: string }[];
  /** A remark for this device, or null. */
  readonly hint: string | null;
};

const KINDS: readonly InputKind[] = ['keyboard', 'mouse', 'touch', 'gamepad'];

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const textOr = (value: unknown, fallback: string): string =>
  typeof value === 'string' ? value : fallback;
const sizeOr = (value: unknown, fallback: number): number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : fallback;

/** Parses one title of the REST answer; undefined when it has no usable id. */
export function parseTitle(input: unknown): CatalogueTitle | undefined {
  if (!isRecord(input)) return undefined;
  const titleId = input['titleId'];
  if (typeof titleId !== 'string' || !/^[a-z0-9][a-z0-9-]{0,63}$/.test(titleId)) return undefined;
  const resolution = isRecord(input['resolution']) ? input['resolution'] : {};
  const kinds: readonly unknown[] = Array.isArray(input['input']) ? input['input'] : [];
  return {
    titleId,
    name: textOr(input['name'], titleId),
    description: textOr(input['description'], ''),
    category: textOr(input['category'], ''),
    resolution: {
      width: sizeOr(resolution['width'], 1280),
      height: sizeOr(resolution['height'], 720),
    },
    input: KINDS.filter((kind) => kinds.includes(kind)),
    isOnline: input['isOnline'] === true,
  };
}

/** Parses the answer of GET /api/v1/titles, `{ titles: [...] }`; entries that make no sense are left out. */
export function parseTitles(input: unknown): CatalogueTitle[] {
  const list: unknown = isRecord(input) ? input['titles'] : input;
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown) => parseTitle(entry) ?? []);
}

/** Cards in the order of the page: playable first, then by name. */
export function toCards(
  titles: readonly CatalogueTitle[],
  device: { readonly isTouchOnly: boolean },
): Card[] {
  return titles
    .slice()
    .sort((a, b) => Number(b.isOnline) - Number(a.isOnline) || a.name.localeCompare(b.name, 'en'))
    .map((title) => ({
      title,
      kinds: title.input.map((kind) => ({ kind, label: STRINGS.inputKinds[kind] })),
      hint:
        device.isTouchOnly && title.input.includes('keyboard') && !title.input.includes('touch')
          ? STRINGS.catalogue.needsKeyboard
          : null,
    }));
}
