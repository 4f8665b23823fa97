import type { InputKind, Resolution, TitleId, TitleInfo } from '@perigee/protocol';

/** What title.json says, defaults filled in. Fields are only ever added (DESIGN.md). title.schema.json describes the same. */
export type TitleManifest = {
  readonly id: TitleId;
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly category: string;
  /** `name` (looked up in the system's PATH), `./file` in the title's folder, or an absolute path of the system below /usr. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The screen's own size while the title runs. */
  readonly resolution: Resolution;
  readonly fps: number;
  readonly input: readonly InputKind[];
  /** Files written into the home before each start: path below the home -> content. */
  readonly settings: Readonly<Record<string, string>>;
  readonly windowManager: 'none' | 'matchbox';
  /** Whether the title needs a D-Bus session bus. */
  readonly dbusSession: boolean;
  /** Files and folders below the home that hold the player's saves. */
  readonly savePaths: readonly string[];
  readonly memoryLimitMb: number;
  /** Output after which the title counts as flooding. */
  readonly maxLogBytes: number;
  /** Whether the title brings a sandbox of its own that needs user namespaces (browsers). */
  readonly nestedSandbox: boolean;
};

/** A title as it lies on this machine. */
export type Title = {
  /** Absolute path; may be readable by the agent alone. */
  readonly folder: string;
  readonly manifest: TitleManifest;
};

/** What players may know of a title. */
export function titleInfo(manifest: TitleManifest): TitleInfo {
  return {
    titleId: manifest.id,
    name: manifest.name,
    version: manifest.version,
    description: manifest.description,
    category: manifest.category,
    resolution: manifest.resolution,
    fps: manifest.fps,
    input: [...manifest.input],
  };
}
