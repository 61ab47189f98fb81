/** Writes a table; numbers are aligned to the right. */
export function table(heads: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
  const aligned = heads.map((_, column) => (column === 0 ? "---" : "---:"));
  return [line(heads), line(aligned), ...rows.map(line)].join("\n");
}

export const decimals = (value: number, digits = 2): string => (Number.isFinite(value) ? value.toFixed(digits) : "–");

/** Writes whether a goal is met. */
export const goal = (text: string, met: boolean): string => `- ${met ? "Met" : "**Not met**"}: ${text}`;
