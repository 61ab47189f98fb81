import type { Table } from "../table.ts";
import { drain } from "./drain.ts";
import { eventDelay } from "./eventDelay.ts";
import { eventPrice } from "./eventPrice.ts";
import { levelWrites } from "./levelWrites.ts";

/** Events: what they cost, how soon they arrive, and what they do to the local engine. */
export const events: Table = {
  title: "Events to webhooks",
  async measure(quick) {
    const parts: readonly (readonly [heading: string, measure: (quick: boolean) => Promise<string>])[] = [
      ["The price of a million events on AWS", eventPrice],
      ["From the answer of a request to its receiver, locally", eventDelay],
      ["Ten thousand events that wait, locally", drain],
      ["Writes while the stream grows, on the embedded engine", levelWrites],
    ];
    const texts: string[] = [];
    for (const [heading, measure] of parts) texts.push(`### ${heading}`, await measure(quick));
    return texts.join("\n\n");
  },
};
