/** Milliseconds for which lines are collected: a write to a terminal or a pipe blocks, and may wake who reads there. */
const collecting = 10;

let lines: string[] = [];

/** Prints lines, with those of the same moment in one write. */
export function printLines(...some: readonly string[]): void {
  if (some.length === 0) return;
  if (lines.length === 0) {
    setTimeout(print, collecting);
    process.once("exit", print);
  }
  lines.push(...some);
}

function print(): void {
  process.off("exit", print);
  if (lines.length > 0) console.log(lines.join("\n"));
  lines = [];
}
