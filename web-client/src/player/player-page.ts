import type { CatalogueTitle } from '../catalogue/catalogue-model.ts';
import { fetchTitle } from '../catalogue/titles-api.ts';
import { h, listen } from '../dom.ts';
import { renderFailure } from '../failures/failure-page.ts';
import type { Failure, FailureAction } from '../failures/failure-table.ts';
import type { Page } from '../page.ts';
import { STRINGS } from '../strings.ts';
import { publishHook } from '../test-hook.ts';
import { hasWebRtc } from './capabilities.ts';
import { PlayerRun } from './player-run.ts';

export type PlayerPageOptions = {
  readonly titleId: string;
  readonly title: CatalogueTitle | undefined;
  /** When the title was chosen, ms of performance.now(); 0: the page was opened with its address. */
  readonly tapAtMs: number;
  readonly onLeave: () => void;
};

/** The page at `/play/<titleId>`: a run of the title, or the page of what went wrong with it. */
export function playerPage({ titleId, title, tapAtMs, onLeave }: PlayerPageOptions): Page {
  const element = h('div', { class: 'player-page' });
  let known = title;
  let run: PlayerRun | undefined;
  let name = title?.name ?? '';

  const setName = (next: string): void => {
    name = next;
    document.title = `${next} · ${STRINGS.productName}`;
  };
  const act = (action: FailureAction, atMs: number): void => {
    if (action === 'catalogue') onLeave();
    else if (action === 'reload') location.reload();
    else start(atMs);
  };
  const showFailure = (failure: Failure): void => {
    run?.close();
    const page = h(
      'main',
      { class: 'failure-page' },
      renderFailure(failure, name, (action) => {
        act(action, performance.now());
      }),
    );
    element.replaceChildren(page);
    // Not the button: a key that the player is just pressing in the title would press it.
    page.querySelector('h1')?.focus({ preventScroll: true });
  };
  function start(atMs: number): void {
    run?.close();
    if (!hasWebRtc()) {
      publishHook();
      showFailure({ code: 'unsupported-browser', logTail: [] });
      return;
    }
    run = new PlayerRun({
      titleId,
      title: known,
      tapAtMs: atMs,
      onFailure: showFailure,
      onLeave,
      onName: setName,
    });
    element.replaceChildren(run.element);
    run.start();
  }
  const stops = [
    listen(window, 'pagehide', () => run?.close()),
    // Back from the browser's page cache: the connections are gone, the session may still run.
    listen(window, 'pageshow', (event) => {
      if (event.persisted) location.reload();
    }),
  ];
  return {
    element,
    title: STRINGS.productName,
    open: () => {
      start(tapAtMs);
      if (known !== undefined) return;
      void fetchTitle(titleId).then((found) => {
        known = found;
        if (found !== undefined) run?.describe(found);
      });
    },
    close: () => {
      for (const stop of stops) stop();
      run?.close();
      publishHook();
    },
  };
}
