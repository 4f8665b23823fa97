/** One thing that is wrong with a title.json: the field (JSON path such as `resolution.width`, or '' for the whole) and what is allowed. */
export type TitleProblem = { readonly field: string; readonly message: string };

/** The title in `folder` cannot be used. All problems at once, each a readable sentence. */
export class TitleError extends Error {
  readonly code = 'title-invalid';
  readonly folder: string;
  readonly problems: readonly TitleProblem[];

  constructor(folder: string, problems: readonly TitleProblem[], cause?: unknown) {
    const lines = problems.map(({ message }) => `- ${message}`);
    super([`title.json in ${folder} is not usable:`, ...lines].join('\n'), { cause });
    this.name = 'TitleError';
    this.folder = folder;
    this.problems = problems;
  }
}
