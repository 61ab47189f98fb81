import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { caller } from "../support/caller.ts";
import { formOf, pathOf, png, type Uploaded } from "../support/startFiledServer.ts";
import { type LocalProcess, startLocal } from "../support/startLocal.ts";

let directory: string;
let local: LocalProcess | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sunroom-"));
});
afterEach(async () => {
  local?.kill("SIGTERM");
  await local?.exited;
  rmSync(directory, { recursive: true, force: true });
});

test("the local server keeps files in its data directory, and deletes those of deleted attachments", async () => {
  const started = await startLocal(directory);
  local = started;
  const found = (pattern: RegExp) => pattern.exec(started.stdout())?.[1] ?? "";
  const url = found(/ready at (\S+)/);
  const account = caller(url, { id: found(/key id +(\S+)/), secret: found(/key secret +(\S+)/) });
  const { body: made } = await account.post<{ app: { id: string } }>("/v2/apps", { displayName: "My app" });
  const attachments = `/v2/apps/${made.app.id}/attachments`;
  const form = formOf({ name: "source", fileName: "cat.png", type: "image/png", content: png });
  const uploaded = await account.post<Uploaded>(`${attachments}?access=public`, form.body, form.headers);
  const { mediaUrl } = uploaded.body.attachment;
  const folder = join(directory, ".local", "attachments", made.app.id);
  expect(readdirSync(folder).length).toBe(1);
  expect((await caller(url).get(pathOf(mediaUrl))).text).toBe(png.toString());
  await account.post(`${attachments}/remove`, { mediaUrl });
  const soon = { timeout: 60_000, interval: 5 };
  await vi.waitFor(() => expect(existsSync(folder) && readdirSync(folder)).toEqual([]), soon);
});
