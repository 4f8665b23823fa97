// Which titles the embedded edge offers.
import { basename } from 'node:path';
import {
  loadTitle,
  loadTitles,
  OWN_TITLES_FOLDER,
  TitleError,
  type Title,
} from '@perigee/edge-node';
import { ConfigError } from '@perigee/kit';

export type TitleChoice = {
  /** Offer this title alone; null offers the edge's own and `moreFolders`. */
  readonly onlyFolder: string | null;
  readonly moreFolders: readonly string[];
};

/**
 * Loads the titles. One of ours that cannot run here (its package is not installed) is left out and named in `skipped`;
 * one that somebody asked for by its folder must be right.
 * @throws {ConfigError} config: every problem of every title that was asked for
 */
export function chooseTitles(choice: TitleChoice): { titles: Title[]; skipped: string[] } {
  const asked = choice.onlyFolder === null ? choice.moreFolders : [choice.onlyFolder];
  const problems: { where: string; problem: string }[] = [];
  const titles = new Map<string, Title>();
  const skipped: string[] = [];
  if (choice.onlyFolder === null) {
    const own = loadTitles(OWN_TITLES_FOLDER);
    for (const title of own.titles) titles.set(title.manifest.id, title);
    skipped.push(
      ...own.errors.map((e) => `${basename(e.folder)}: ${e.problems[0]?.message ?? ''}`),
    );
  }
  for (const folder of asked) {
    try {
      const title = loadTitle(folder);
      if (titles.has(title.manifest.id)) {
        problems.push({
          where: folder,
          problem: `its id ${title.manifest.id} is taken by another title`,
        });
      }
      titles.set(title.manifest.id, title);
    } catch (error) {
      if (!(error instanceof TitleError)) throw error;
      for (const { message } of error.problems) {
        problems.push({ where: `${folder}/title.json`, problem: message });
      }
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return { titles: [...titles.values()], skipped };
}
