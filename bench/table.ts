/** One table of the report: a command of its own in a process of its own. */
export interface Table {
  readonly title: string;
  /** Measures, and answers the section's Markdown without its heading. `quick` only shows that it runs. */
  readonly measure: (quick: boolean) => Promise<string>;
}
