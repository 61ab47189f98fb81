/** The API's answers as lines for a person at a terminal. */

/** Escapes control characters, which a stranger's name may hold: a terminal would obey them. */
export const harmless = (text: string) =>
  text.replaceAll(/\p{Cc}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);

function shown(value: unknown): string {
  if (value === undefined || value === null) return "";
  return harmless(typeof value === "object" ? JSON.stringify(value) : String(value));
}

/** Writes a record's fields, one per line; empty ones are left out. */
export function fieldLines(record: object): string {
  const fields = Object.entries(record).filter(
    ([, value]) => shown(value) !== "" && !["{}", "[]"].includes(shown(value)),
  );
  const width = Math.max(0, ...fields.map(([name]) => name.length));
  return fields.map(([name, value]) => `${harmless(name).padEnd(width)}  ${shown(value)}`).join("\n");
}

/** Writes records as a table of some of their fields, one per line; or a sentence if there are none. */
export function tableOf(records: readonly object[], columns: readonly string[], none: string): string {
  if (records.length === 0) return none;
  const cells = records.map((record) => {
    const fields = new Map(Object.entries(record));
    return columns.map((column) => shown(fields.get(column)));
  });
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...cells.map((row) => row[index]?.length ?? 0)),
  );
  return [columns, ...cells]
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
