// Samples that other processes sent over the bus, as Prometheus text (exposition format 0.0.4).
import type { MetricsSample } from '@perigee/kit';

/** Renders the newest sample of each source. A name that two sources share is written once, with both sources' values. */
export function renderSamples(samples: Iterable<MetricsSample>): string {
  const byName = new Map<string, { head: string; lines: string[] }>();
  for (const sample of samples) {
    for (const series of sample.series) {
      const entry = byName.get(series.name) ?? {
        head: `# HELP ${series.name} ${escapeHelp(series.help)}\n# TYPE ${series.name} ${series.kind}\n`,
        lines: [],
      };
      const labels = Object.entries(series.labels)
        .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
        .join(',');
      entry.lines.push(
        `${series.name}${labels === '' ? '' : `{${labels}}`} ${String(series.value)}\n`,
      );
      byName.set(series.name, entry);
    }
  }
  return [...byName.values()].map(({ head, lines }) => head + lines.join('')).join('');
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
