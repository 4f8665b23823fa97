import { parseTitle, parseTitles, type CatalogueTitle } from './catalogue-model.ts';

const TIME_LIMIT_MS = 10_000;

async function getJson(path: string): Promise<unknown> {
  const response = await fetch(path, {
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(TIME_LIMIT_MS),
  });
  if (!response.ok) throw new Error('unexpected status', { cause: response.status });
  return (await response.json()) as unknown;
}

/** Fetches the catalogue. @throws {Error} when the server is out of reach or answers with an error. */
export async function fetchTitles(): Promise<CatalogueTitle[]> {
  return parseTitles(await getJson('/api/v1/titles'));
}

/** Fetches one title, for its name while the stream is being set up; undefined when that is not to be had. */
export async function fetchTitle(titleId: string): Promise<CatalogueTitle | undefined> {
  try {
    return parseTitle(await getJson(`/api/v1/titles/${titleId}`));
  } catch {
    return undefined; // only decoration: the offer names the title as well
  }
}
