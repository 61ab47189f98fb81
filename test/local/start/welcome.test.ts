import { expect, test } from "vitest";
import { welcome } from "../../../lib/local/start/welcome.ts";

const server = { url: "http://localhost:3000", accountKey: { id: "act_1", secret: "s" }, engine: "an engine" };

test("the terminal names --fresh where there is data to begin without", () => {
  expect(welcome({ ...server, isKept: true })).toMatch(/Its database is an engine\. Ctrl-C stops it; ".*--fresh"/);
});

test("the terminal says that data in memory goes with the server, and names no command that deletes other data", () => {
  const text = welcome({ ...server, isKept: false });
  expect(text).toContain("Ctrl-C stops it, and its data is gone then.");
  expect(text).not.toContain("--fresh");
});
