import { h } from '../dom.ts';
import { STRINGS } from '../strings.ts';
import { toStatsRows, type StatsSnapshot } from './stats-rows.ts';

export type StatsOverlay = {
  readonly element: HTMLElement;
  readonly isOpen: () => boolean;
  readonly setOpen: (isOpen: boolean) => void;
  readonly update: (snapshot: StatsSnapshot) => void;
};

/** The panel of figures over the picture; it lets every click through and is closed at first. */
export function createStatsOverlay(): StatsOverlay {
  const list = h('dl', { class: 'stats-list' });
  const reason = h('p', { class: 'stats-reason' });
  const element = h(
    'aside',
    { class: 'stats', hidden: true, 'aria-label': STRINGS.stats.heading },
    list,
    reason,
  );
  const cells = new Map<string, HTMLElement>();
  return {
    element,
    isOpen: () => !element.hidden,
    setOpen: (isOpen) => {
      element.hidden = !isOpen;
    },
    update: (snapshot) => {
      if (element.hidden) return;
      for (const { label, value, isDetail } of toStatsRows(snapshot)) {
        let cell = cells.get(label);
        if (cell === undefined) {
          cell = h('dd', {});
          cells.set(label, cell);
          list.append(
            h(
              'div',
              { class: isDetail ? 'stats-row stats-detail' : 'stats-row' },
              h('dt', {}, label),
              cell,
            ),
          );
        }
        if (cell.textContent !== value) cell.textContent = value;
      }
      reason.replaceChildren(
        ...(snapshot.reason === null
          ? []
          : [h('span', {}, `${STRINGS.stats.whyThisEdge}: `), snapshot.reason]),
      );
    },
  };
}
