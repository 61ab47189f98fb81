import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterEach, describe, expect, test } from "vitest";
import { axeFindings } from "../support/axe.ts";
import { caller } from "../support/caller.ts";
import type { NewContext } from "../support/startBrowser.ts";
import { startLocalPages } from "../support/startLocalPages.ts";
import { startReceiver } from "../support/startReceiver.ts";

const { directory, url, accountKey, faults, newPage } = await startLocalPages();
const account = caller(url, accountKey);
afterEach(() => expect(faults.splice(0)).toEqual([]));

const app: string = (await account.post("/v2/apps", { displayName: "Shop" })).body.app.id;
const other: string = (await account.post("/v2/apps", { displayName: "Another" })).body.app.id;
const users = `/v2/apps/${app}/users`;

/** The page at a view of an app's. */
async function open(view: string, options: Parameters<NewContext>[0] = {}, of = app): Promise<Page> {
  const page = await newPage(options);
  await page.goto(`${url}/#/${of}/${view}`);
  await page.locator("#inspector .view", { hasNotText: "Looking…" }).waitFor();
  return page;
}

/** A person writes on a channel to the app. */
const deliver = async (from: string, name: string, text: string, channel = "telegram"): Promise<string> => {
  const body = JSON.stringify({ channel, appId: app, from, name, text, create: true });
  const answer = await fetch(`${url}/local/deliveries`, { method: "POST", body });
  return (await answer.json()).userId;
};

/** A webhook of the app's for all that happens. */
async function registered(target: string): Promise<void> {
  const path = `/v2/apps/${app}/integrations`;
  const { id } = (await account.post(path, { type: "custom", displayName: "Receiver" })).body.integration;
  const triggers = ["conversation:message"];
  expect((await account.post(`${path}/${id}/webhooks`, { target, triggers })).status).toBe(201);
}

const line = (page: Page, text: string) => page.locator(".view details", { hasText: text });

describe("users", () => {
  test("are found by a part of the name, the externalId or a client's id, while it is typed", async () => {
    await account.post(users, { externalId: "order-4711", profile: { givenName: "Grace", surname: "Hopper" } });
    await deliver("55501", "Alan Turing", "Hello");
    const page = await open("users");
    for (const [text, name] of [
      ["hopp", "Grace Hopper"],
      ["4711", "Grace Hopper"],
      ["55501", "Alan Turing"],
    ] as const) {
      await page.getByRole("searchbox").fill(text);
      await page.locator(".count", { hasText: /^1 user$/ }).waitFor();
      await page.locator(".line", { hasText: name }).waitFor();
    }
    await page.getByRole("searchbox").fill("nobody at all");
    await page.getByText("No user has").waitFor();
  });

  test("come as they are made, without a click", async () => {
    const page = await open("users");
    await account.post(users, { externalId: "came-later" });
    await page.getByRole("link", { name: "came-later" }).waitFor();
  });

  test("of another app are chosen with it, and lead to clients and conversations", async () => {
    await account.post(`/v2/apps/${other}/users`, { externalId: "of-another" });
    await deliver("55502", "Barbara Liskov", "Hello");
    const page = await open("users", {}, other);
    await page.getByRole("link", { name: "of-another" }).waitFor();
    await page.getByRole("combobox").selectOption({ label: "Shop" });
    await page.getByRole("link", { name: "Barbara Liskov" }).click();
    await page.getByRole("heading", { name: "Clients" }).waitFor();
    expect(await page.locator(".view").textContent()).toContain("telegram, active");
    await page.getByRole("link", { name: "personal, the default" }).click();
    await page.getByText("Hello").waitFor();
  });
});

describe("a conversation", () => {
  /** Opens the chat of a new person. */
  async function chatOf(from: string, name: string): Promise<Page> {
    await deliver(from, name, "Are you open?");
    const page = await open("conversations");
    await page.getByRole("link", { name }).click();
    await page.locator(".message", { hasText: "Are you open?" }).waitFor();
    return page;
  }
  const say = async (page: Page, voice: string, text: string) => {
    await page.getByLabel("Write as").selectOption({ label: voice });
    await page.getByRole("textbox", { name: "Message" }).fill(text);
    await page.getByRole("button", { name: "Send" }).click();
    await page.locator(".message", { hasText: text }).waitFor();
  };

  test("is a chat in which both sides write, and which shows what the channel is told", async () => {
    const page = await chatOf("55503", "Donald Knuth");
    await say(page, "The business", "Until six.");
    await page.locator(".message.business .status.sent").waitFor();
    await say(page, "Donald Knuth, on telegram", "Thank you!");
    const texts = await page.locator(".message .text").allTextContents();
    expect(texts).toEqual(["Are you open?", "Until six.", "Thank you!"]);
    await page.locator(".message.business summary").click();
    await page.getByText("What the channel would be told").waitFor();
    expect(await page.getByRole("textbox", { name: "Message" }).inputValue()).toBe("");
  });

  test("of somebody without a channel has that person's side by the API", async () => {
    const { id } = (await account.post(users, { externalId: "by-api", profile: { givenName: "Edsger" } })).body.user;
    const begun = { type: "personal", participants: [{ userId: id, subscribeSDKClient: false }] };
    const made = await account.post(`/v2/apps/${app}/conversations`, begun);
    const page = await open(`conversations/${made.body.conversation.id}`);
    await say(page, "Edsger", "Considered harmful");
    expect(await page.locator(".message").getAttribute("class")).toContain("user");
  });

  test("shows a message that comes meanwhile, and keeps what is being written", async () => {
    const page = await chatOf("55504", "Tony Hoare");
    await page.getByRole("textbox", { name: "Message" }).fill("half a sent");
    await deliver("55504", "Tony Hoare", "Are you there?");
    await page.locator(".message", { hasText: "Are you there?" }).waitFor();
    expect(await page.getByRole("textbox", { name: "Message" }).inputValue()).toBe("half a sent");
  });
});

test("an event shows its body, the attempts of each delivery, and is sent again", async () => {
  await using receiver = await startReceiver();
  receiver.answer({ status: 403, body: "not today" });
  await registered(receiver.url);
  const page = await open("events");
  await deliver("55505", "John Backus", "An event");
  const event = page.locator(".view details", { hasText: "conversation:message" }).first();
  await event.locator(".status.failed", { hasText: "1 failed" }).waitFor();
  await event.locator("summary").click();
  await event.locator(".attempts li", { hasText: "403 in" }).waitFor();
  expect(await event.textContent()).toContain("not today");
  expect(await event.locator("pre").textContent()).toContain("An event");
  receiver.answer(200);
  await event.getByRole("button", { name: "Send it again" }).click();
  await event.locator("summary .status", { hasText: "delivered" }).waitFor();
  expect(await event.getAttribute("open")).not.toBeNull();
  expect(await line(page, "conversation:create").first().textContent()).toContain("no webhook");
});

test("a request shows both sides without secrets, and copies as a command that works", async () => {
  await account.post(users, { externalId: "asked-for" });
  await account.get(`${users}/asked-for`);
  const page = await open("requests", { permissions: ["clipboard-read", "clipboard-write"] });
  await page.getByRole("searchbox").fill("/asked-for");
  const request = line(page, "/asked-for").first();
  await request.locator("summary").click();
  await request.getByText("getUser").waitFor();
  const shown = (await request.textContent()) ?? "";
  expect(shown).toContain("authorization: Basic ••••••••");
  await request.getByRole("button", { name: "Copy as curl" }).click();
  await page.getByText("Copied").waitFor();
  const command = await page.evaluate(() => navigator.clipboard.readText());
  const [, id = "", secret = ""] = /-u '(\w+):(\S+)'/.exec(command) ?? [];
  expect(shown).not.toContain(secret);
  const target = /'(http\S+)'/.exec(command)?.[1] ?? "";
  const answer = await fetch(target, { headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` } });
  expect(await answer.json()).toMatchObject({ user: { externalId: "asked-for" } });
  expect(await page.locator(".view details").count()).toBe(1);
});

test("the page's own looks are not among the requests", async () => {
  const page = await open("events");
  await account.get(`${users}/looked-for`);
  await page.getByRole("link", { name: "Requests" }).click();
  await line(page, "/looked-for").waitFor();
  const paths = await page.locator(".view summary .path").allTextContents();
  expect(paths.filter((path) => path.includes("integrations?filter[types]=custom"))).toEqual([]);
});

describe("a dead letter", () => {
  const folder = join(directory, ".local", "dead-letters");
  const letter = (name: string, content: object) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${Date.now()}-000000000-${name}.json`), JSON.stringify(content));
  };

  test("of a channel's message is stored by its replay, and gone", async () => {
    const integrations = (await account.get(`/v2/apps/${app}/integrations?filter[types]=telegram`)).body.integrations;
    const text = { kind: "message", messageId: "9", content: { type: "text", text: "Found again" } };
    const event = { ...text, person: { externalId: "55506", aliases: [], displayName: "Frances Allen" } };
    const queued = { requestId: "r", appId: app, integrationId: integrations[0].id, event };
    letter("a", { ...queued, receivedAt: new Date().toISOString(), reason: "TimeoutError" });
    const page = await open("dead-letters");
    const shown = line(page, "TimeoutError");
    await shown.locator("summary").click();
    await shown.getByRole("button", { name: "Replay" }).click();
    await shown.waitFor({ state: "detached" });
    expect(readdirSync(folder)).toEqual([]);
    await page.getByRole("link", { name: "Users" }).click();
    await page.getByRole("link", { name: "Frances Allen" }).waitFor();
  });

  test("that nothing can read is shown, and offers no replay", async () => {
    letter("b", { requestId: "r", appId: app, integrationId: "i", pieces: ["?"], reason: "unreadable" });
    const page = await open("dead-letters");
    const shown = line(page, "unreadable");
    await shown.locator("summary").click();
    expect(await shown.getByRole("button", { name: "Replay" }).isDisabled()).toBe(true);
    rmSync(folder, { recursive: true });
  });

  test("of an event is sent again by its replay, under the same event id", async () => {
    await using receiver = await startReceiver();
    receiver.answer(403);
    await registered(receiver.url);
    await deliver("55509", "Kathleen Booth", "Told at last");
    const page = await open("dead-letters");
    await expect.poll(() => receiver.events().length).toBe(1);
    const [{ id = "" } = {}] = receiver.events();
    await page.getByRole("searchbox").fill(id);
    await page.locator(".count", { hasText: /^1 dead letter$/ }).waitFor();
    const shown = line(page, "event for a webhook");
    await shown.locator("summary").click();
    await shown.getByText(id).waitFor();
    receiver.answer(200);
    const before = receiver.received.length;
    await shown.getByRole("button", { name: "Replay" }).click();
    await expect.poll(() => receiver.received.length).toBeGreaterThan(before);
    expect(receiver.events().map((event) => event.id)).toEqual([id, id]);
    expect(receiver.received.at(-1)?.body).toContain("Told at last");
  });
});

test("the keyboard alone goes from view to view, and the heading has the focus there", async () => {
  const page = await open("apps");
  for (const name of ["Users", "Conversations", "Events", "Requests", "Dead letters"]) {
    await page.getByRole("link", { name, exact: true }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name, level: 1 }).waitFor();
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(name);
    expect(await page.locator("nav [aria-current=page]").textContent()).toBe(name);
  }
  await page.getByRole("link", { name: "Skip to the text" }).focus();
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
  await page.getByRole("heading", { name: "Dead letters", level: 1 }).waitFor();
  await page.getByRole("link", { name: "Four ways" }).click();
  await page.getByRole("heading", { name: "Sunshine Conversations, on your own machine" }).waitFor();
});

describe.each(["light", "dark"] as const)("%s", (colorScheme) => {
  const views = ["apps", "users", "conversations", "events", "requests", "dead-letters"];

  test("axe finds nothing, in any view", async () => {
    const userId = await deliver("55507", "Margaret Hamilton", "Hello");
    const conversations = await account.get(`/v2/apps/${app}/conversations?filter[userId]=${userId}`);
    const page = await open("apps", { colorScheme });
    const records = [`users/${userId}`, `conversations/${conversations.body.conversations[0].id}`];
    for (const view of [...views, ...records]) {
      await page.goto(`${url}/#/${app}/${view}`);
      await page.locator("#inspector .view", { hasNotText: "Looking…" }).waitFor();
      const summary = page.locator(".view summary").first();
      if ((await summary.count()) > 0) await summary.click();
      expect(await axeFindings(page)).toEqual([]);
    }
  });

  test("axe finds nothing on the first screen, before and after each way", async () => {
    const page = await open("apps", { colorScheme });
    await page.getByRole("link", { name: "Four ways" }).click();
    expect(await axeFindings(page)).toEqual([]);
    for (const name of ["Create the user", "Deliver the message", "Start the conversation", "Log in", "Register"]) {
      await page.getByRole("button", { name, exact: true }).click();
      await page.locator(".busy").waitFor({ state: "detached" });
    }
    for (const summary of await page.locator("#first summary").all()) await summary.click();
    expect(await axeFindings(page)).toEqual([]);
  });

  test("a phone of 360 pixels shows each view without scrolling sideways", async () => {
    await deliver("55508", `A-very-long-name-${"x".repeat(60)}`, "a-very-long-word-".repeat(10));
    const page = await open("apps", { colorScheme, viewport: { width: 360, height: 740 } });
    for (const view of views) {
      await page.goto(`${url}/#/${app}/${view}`);
      await page.locator("#inspector .view", { hasNotText: "Looking…" }).waitFor();
      const summary = page.locator(".view summary").first();
      if ((await summary.count()) > 0) await summary.click();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    }
  });
});
