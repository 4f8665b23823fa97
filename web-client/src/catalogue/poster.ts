import { svg } from '../dom.ts';
import { drawPoster } from './poster-model.ts';
import { POSTER_SIZE } from './poster-motifs.ts';

/** Renders the poster of a title as decorative inline SVG (presentation attributes only: no style that a CSP could refuse). */
export function renderPoster(title: { titleId: string; category: string }): SVGSVGElement {
  const model = drawPoster(title);
  const gradientId = `poster-${title.titleId}`;
  const { width, height } = POSTER_SIZE;
  return svg(
    'svg',
    {
      class: 'poster',
      viewBox: `0 0 ${String(width)} ${String(height)}`,
      preserveAspectRatio: 'xMidYMid slice',
      'aria-hidden': 'true',
      focusable: 'false',
    },
    svg(
      'defs',
      {},
      svg(
        'linearGradient',
        { id: gradientId, x1: 0, y1: 0, x2: 0, y2: 1 },
        svg('stop', { offset: 0, 'stop-color': model.background[0] }),
        svg('stop', { offset: 1, 'stop-color': model.background[1] }),
      ),
    ),
    svg('rect', { width, height, fill: `url(#${gradientId})` }),
    ...model.shapes.map((shape) => svg(shape.tag, shape.attributes)),
  );
}
