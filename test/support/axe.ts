import axe from "axe-core";
import type { Page } from "playwright-core";

/** Finds the accessibility faults of a page as it is: every rule of axe-core, best practices among them. */
export async function axeFindings(page: Page): Promise<readonly string[]> {
  // As a debugger does: the page's policy lets no other script in.
  await page.evaluate(axe.source);
  const violations: readonly { id: string; nodes: readonly { html: string }[] }[] = await page.evaluate(
    "axe.run().then(({ violations }) => violations)",
  );
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
}
