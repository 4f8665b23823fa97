// What a benchmark leaves behind: a table for people, JSON for programs (names are exact: other programs read them).
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

export type Row = {
  /** snake_case, ends in the unit. */
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the issue demands, such as "<= 26". */
  readonly must?: string;
  readonly ok?: boolean;
};

/** A row with a limit; `ok` says whether it holds. */
export function limited(
  row: { name: string; value: number; unit: string },
  relation: '<=' | '>=',
  limit: number,
): Row {
  const ok = relation === '<=' ? row.value <= limit : row.value >= limit;
  return { ...row, must: `${relation} ${String(limit)}`, ok };
}

/** "4 x Some CPU, 23 GiB, Node v24". */
export function machineSentence(): string {
  const list = cpus();
  const model = list[0]?.model.trim() ?? 'unknown CPU';
  const memoryGib = Math.round(totalmem() / 2 ** 30);
  return `${String(list.length)} x ${model}, ${String(memoryGib)} GiB, Node ${process.version}`;
}

/** Prints the table; writes the JSON document when a path is given. */
export function report(
  bench: string,
  rows: readonly Row[],
  options: { jsonPath: string | undefined; date: Date },
): void {
  const width = Math.max(...rows.map((row) => row.name.length));
  for (const row of rows) {
    const must =
      row.must === undefined ? '' : `   must ${row.must}${row.ok === true ? '' : '  MISSED'}`;
    process.stdout.write(
      `${row.name.padEnd(width)}  ${formatValue(row.value).padStart(9)} ${row.unit}${must}\n`,
    );
  }
  if (options.jsonPath === undefined) return;
  const document = {
    bench,
    command: ['npm run bench --', ...process.argv.slice(2)].join(' '),
    machine: machineSentence(),
    date: options.date.toISOString(),
    rows,
  };
  writeFileSync(options.jsonPath, `${JSON.stringify(document, null, 2)}\n`);
}

function formatValue(value: number): string {
  if (!Number.isFinite(value)) return 'none';
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(value < 1 ? 3 : 2);
}
