import type { Page } from "playwright-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { NewContext } from "../support/startBrowser.ts";
import { startLocalPages } from "../support/startLocalPages.ts";

const { url, faults, newPage } = await startLocalPages();

let page: Page;

async function open(options: Parameters<NewContext>[0] = {}): Promise<Page> {
  const opened = await newPage(options);
  await opened.goto(url);
  return opened;
}

/** Tells the outbox something, as a test's program does. */
const tell = async (path: string, fields: object): Promise<void> => {
  const body = JSON.stringify(fields);
  expect((await fetch(`${url}/local/outbox/${path}`, { method: "POST", body })).status).toBe(200);
};

beforeEach(async () => {
  faults.length = 0;
  await tell("clear", {});
  page = await open();
});
afterEach(() => expect(faults).toEqual([]));

const said = () => page.locator("#said .message");
const answers = () => page.locator("#said .message.business");

/** A person writes on a channel, by the form of way 2. */
async function write(channel: string, name: string, text: string): Promise<void> {
  await page.getByRole("combobox").selectOption(channel);
  await page.getByLabel("From").fill(name);
  await page.getByRole("textbox", { name: "Message", exact: true }).fill(text);
  await page.getByRole("button", { name: "Deliver the message", exact: true }).click();
  await said().filter({ hasText: text }).waitFor();
}

/** The business answers, by the form of the chat. */
async function answer(text: string): Promise<void> {
  await page.getByLabel("Answer as the business").fill(text);
  await page.getByRole("button", { name: "Answer", exact: true }).click();
  await answers().filter({ hasText: text }).waitFor();
}

test("both sides write in one chat, in the order in which they did", async () => {
  await write("telegram", "Ada Chats", "Are you open?");
  expect(await page.locator("#chatTitle").textContent()).toBe("Ada Chats on Telegram");
  await answer("Until six.");
  await write("telegram", "Ada Chats", "Thank you!");
  await answer("You are welcome.");
  const texts = await page.locator("#said .text").allTextContents();
  expect(texts).toEqual(["Are you open?", "Until six.", "Thank you!", "You are welcome."]);
  expect(await page.getByLabel("Answer as the business").inputValue()).toBe("");
});

test("an answer shows what the channel is told, and how it was taken, without the credentials", async () => {
  await write("telegram", "Ada Looks", "Hello");
  await answer("We are <b>open</b>.");
  await answers().locator(".status.sent").waitFor();
  const request = answers().locator("details");
  await request.locator("summary").click();
  const shown = (await request.textContent()) ?? "";
  expect(shown).toContain("api.telegram.org/bot••••/sendMessage");
  expect(shown).toContain("We are <b>open</b>.");
  expect(shown).toContain('"ok": true');
  const { entries } = await (await fetch(`${url}/local/outbox?channel=telegram`)).json();
  const [, token] = /\/bot([^/]+)/.exec(entries[0].request.url) ?? [];
  expect(token).toMatch(/^\d+:\w+/);
  expect(await page.content()).not.toContain(token);
});

test("an answer that the channel refuses says why", async () => {
  await write("telegram", "Ada Blocks", "Hello");
  const description = "Forbidden: bot was blocked by the user";
  await tell("answers", { channel: "telegram", status: 403, body: { ok: false, error_code: 403, description } });
  await answer("Are you there?");
  await answers().locator("small .status.failed").waitFor();
  expect(await answers().textContent()).toMatch(/failed: .+/);
  await page.getByLabel("Answer as the business").fill("And now?");
  await page.keyboard.press("Enter");
  await answers().nth(1).locator(".status.sent").waitFor();
});

test("an answer on WhatsApp is delivered, and read once the channel reports it", async () => {
  await write("whatsapp", "Ada Reads", "Hello");
  await answer("Hello Ada");
  await answers().locator("small .status.delivered").waitFor();
  await answers().locator("summary").click();
  await answers().getByRole("button", { name: "Report read" }).click();
  await answers().locator("small .status.read").waitFor();
  expect(await answers().locator("details").getAttribute("open")).not.toBeNull();
});

test("a person of another channel has another chat", async () => {
  await write("telegram", "Ada Here", "From Telegram");
  await write("whatsapp", "Ada There", "From WhatsApp");
  expect(await page.locator("#chatTitle").textContent()).toBe("Ada There on WhatsApp");
  expect(await said().count()).toBe(1);
});

test("what the page reads of the outbox is refused to a page of somebody else's", async () => {
  const answer = await fetch(`${url}/local/outbox`, { headers: { origin: "https://evil.example" } });
  expect(answer.status).toBe(403);
});

test.each(["light", "dark"] as const)(
  "a phone of 360 pixels shows a chat without scrolling sideways, %s",
  async (colorScheme) => {
    page = await open({ viewport: { width: 360, height: 740 }, colorScheme });
    await write("telegram", `Ada Walks ${colorScheme}`, "Hello");
    await answer("a-very-long-word-".repeat(20));
    await answers().locator("summary").first().click();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  },
);
