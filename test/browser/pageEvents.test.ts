import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterEach, describe, expect, test } from "vitest";
import type { NewContext } from "../support/startBrowser.ts";
import { startLocal } from "../support/startLocal.ts";
import { startLocalPages } from "../support/startLocalPages.ts";
import { startReceiver } from "../support/startReceiver.ts";

const { local, url, faults, newPage, newContext } = await startLocalPages();
afterEach(() => expect(faults.splice(0)).toEqual([]));

/** A page of a new visitor at the section of events, without a webhook of an earlier test. */
async function open(options: Parameters<NewContext>[0] = {}): Promise<Page> {
  const page = await newPage(options);
  await page.goto(`${url}/#events`);
  await page.locator("#untold", { hasNotText: "Looking" }).waitFor();
  for (const remove of await page.getByRole("button", { name: /^Remove/ }).all()) {
    const count = await page.locator(".webhook").count();
    await remove.click();
    await expect.poll(() => page.locator(".webhook").count()).toBeLessThan(count);
  }
  return page;
}

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const told = (page: Page) => page.locator("#told");
const delivery = (page: Page, type: string) =>
  page.locator(".delivery", { has: page.getByText(type, { exact: true }) });

/** Registers a webhook as a click does: by default the page's own receiver, for all events. */
async function register(page: Page, target?: string): Promise<void> {
  if (target !== undefined) await page.getByLabel("Target URL").fill(target);
  await button(page, "Register").click();
  await told(page).getByText("is told from now on").waitFor();
  await page.locator(".webhook").waitFor();
}

/** Lets a person write, and comes back to the events. */
async function write(page: Page, text = "Hello"): Promise<void> {
  await page.getByRole("textbox", { name: "Message", exact: true }).fill(text);
  await button(page, "Deliver the message").click();
  await page.locator("#record-messages .message", { hasText: text }).waitFor();
  await page.locator("#events").scrollIntoViewIfNeeded();
}

describe("a newcomer", () => {
  test("without a webhook reads what to do", async () => {
    const page = await open();
    await page.getByText("No webhook yet").waitFor();
    expect(await page.getByLabel("Target URL").inputValue()).toBe(`${url}/local/receiver`);
  });

  test("registers the page's own receiver with one click, and sees each event come, without loading again", async () => {
    const page = await open();
    await register(page);
    await page.getByText("Nothing was told yet").waitFor();
    expect(await page.locator(".webhook small").allTextContents()).toEqual(["all events"]);
    await write(page);
    for (const type of ["conversation:create", "conversation:message"])
      await delivery(page, type).locator(".status.delivered", { hasText: "delivered, 200 in" }).waitFor();
    expect(await delivery(page, "conversation:message").locator("summary").textContent()).toMatch(
      /conversation …\u2060[0-9a-f]{4}, user …\u2060[0-9a-f]{4} → localhost:\d+\/local\/receiver/,
    );
  });

  test("sees the secret at the registration, and not again", async () => {
    const page = await open();
    await register(page);
    const secret = (await page.locator("#registration p code").textContent()) ?? "";
    expect(secret).toMatch(/^[0-9a-f]{32}$/);
    for (const summary of await page.locator("#registration summary").all()) await summary.click();
    expect((await page.locator("#registration .exchange").allTextContents()).join()).not.toContain(secret);
    await page.reload();
    await page.locator(".webhook").waitFor();
    expect(await page.locator("body").textContent()).not.toContain(secret);
  });

  test("is told in the API's words why a target is refused", async () => {
    const page = await open();
    await page.getByLabel("Target URL").fill("ftp://example.org");
    await button(page, "Register").click();
    await page.locator("#told.failed", { hasText: "target" }).waitFor();
    expect(faults.splice(0).join()).toContain("400");
  });
});

describe("a delivery", () => {
  test("shows the body as the target got it, and the answer to each attempt", async () => {
    await using receiver = await startReceiver();
    receiver.answer({ status: 403, body: "not today" });
    const page = await open();
    await register(page, receiver.url);
    await write(page);
    const message = delivery(page, "conversation:message");
    await message.locator(".status.failed", { hasText: "failed, 403 in" }).waitFor();
    await message.locator("summary").click();
    expect(await message.locator(".attempts li").textContent()).toMatch(/: 403 in \d+ ms.*not today/);
    const bodies = receiver.received.map(({ body }) => JSON.parse(body));
    expect(bodies).toContainEqual(JSON.parse((await message.locator("pre").textContent()) ?? ""));
  });

  test("is sent again by its button, which keeps the focus, and stays open", async () => {
    await using receiver = await startReceiver();
    receiver.answer(403);
    const page = await open();
    await register(page, receiver.url);
    await write(page);
    const message = delivery(page, "conversation:message");
    await message.locator(".status.failed").waitFor();
    receiver.answer(200);
    await message.locator("summary").focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await told(page).getByText("conversation:message is sent again").waitFor();
    await message.locator(".status.delivered").waitFor();
    expect(await message.getAttribute("open")).not.toBeNull();
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Replay");
    const ids = receiver.events().filter(({ type }) => type === "conversation:message");
    expect(new Set(ids.map(({ id }) => id)).size).toBe(1);
  });

  test("that nothing answers says so, and waits for its next attempt", async () => {
    const receiver = await startReceiver();
    await receiver.close();
    const page = await open();
    await register(page, receiver.url);
    await write(page);
    await page.locator(".status.pending", { hasText: "pending, connection refused in" }).first().waitFor();
  });
});

test("a webhook for messages alone is told of nothing else, and of nothing once it is removed", async () => {
  const page = await open();
  await page.getByLabel("all events").uncheck();
  await register(page);
  expect(await page.locator(".webhook small").textContent()).toBe("conversation:message");
  await write(page);
  await delivery(page, "conversation:message").locator(".status.delivered").waitFor();
  expect(await page.locator(".delivery").count()).toBe(1);
  await page.getByRole("button", { name: /^Remove/ }).click();
  await page.getByText("No webhook yet").waitFor();
  expect(await page.locator(".delivery").count()).toBe(0);
});

test("a page asks for news only while its events are in view, ever more seldom, and the terminal does not list it", async () => {
  const page = await open();
  await register(page);
  const asked: number[] = [];
  page.on("request", (request) => request.url().includes("/deliveries") && asked.push(Date.now()));
  await expect.poll(() => asked.length, { timeout: 20_000 }).toBeGreaterThan(3);
  const [first = 0, second = 0, third = 0, fourth = 0] = asked;
  expect(fourth - third).toBeGreaterThan(second - first);
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.waitForTimeout(1000);
  asked.length = 0;
  await page.waitForTimeout(4000);
  expect(asked).toEqual([]);
  expect(local.stdout()).toContain("/webhooks ");
  expect(local.stdout()).not.toMatch(/GET \S+\/deliveries|\/local\/receiver/);
});

test("events whose server was stopped stay on the page, which says so until it is back", async () => {
  const own = mkdtempSync(join(tmpdir(), "sunroom-"));
  const first = await startLocal(own);
  const origin = /ready at (\S+)/.exec(first.stdout())?.[1] ?? "";
  const page = await (await newContext({ reducedMotion: "reduce" })).newPage();
  await page.goto(`${origin}/#events`);
  await register(page);
  await write(page);
  await delivery(page, "conversation:message").locator(".status.delivered").waitFor();
  first.kill("SIGTERM");
  await first.exited;
  await page.getByText("Sunroom does not answer. Start it again with npm start.").waitFor();
  expect(await page.locator(".delivery").count()).toBe(2);
  const second = await startLocal(own, { PORT: new URL(origin).port });
  try {
    await page.getByText("Open one for its body").waitFor();
  } finally {
    second.kill("SIGTERM");
    await second.exited;
    rmSync(own, { recursive: true, force: true });
  }
});

test("the keyboard alone registers, opens and removes, and nothing of it makes a phone's page jump", async () => {
  const page = await open({ viewport: { width: 360, height: 740 } });
  const place = () =>
    page.evaluate(() => Math.round(document.getElementById("events")?.getBoundingClientRect().top ?? 0));
  await page.getByLabel("Target URL").focus();
  const before = await place();
  await page.keyboard.press("Enter");
  await page.locator(".webhook").waitFor();
  expect(await place()).toBe(before);
  for (const name of ["all", "Register", "POST", "Remove"]) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => {
      const at = document.activeElement;
      return at instanceof HTMLInputElement ? at.name : at?.textContent;
    });
    expect(focused).toContain(name);
  }
  await page.keyboard.press("Enter");
  await told(page).getByText("is told nothing more").waitFor();
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Register");
});

test("the records beside the ways never lie over the events", async () => {
  const page = await open({ viewport: { width: 1280, height: 720 } });
  await register(page);
  await write(page);
  await delivery(page, "conversation:message").locator("summary").click();
  await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
  const edge = (id: string, side: "top" | "bottom") =>
    page.evaluate(([id, side]) => document.getElementById(id)?.getBoundingClientRect()[side], [id, side] as const);
  expect(await edge("result", "bottom")).toBeLessThanOrEqual((await edge("events", "top")) ?? 0);
});

test.each(["light", "dark"] as const)("a phone of 360 pixels shows all of it, %s", async (colorScheme) => {
  const page = await open({ viewport: { width: 360, height: 740 }, colorScheme });
  await register(page);
  await write(page);
  await page.locator(".status.delivered").first().waitFor();
  for (const summary of await page.locator("#events summary").all()) await summary.click();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  const nameless = await page
    .locator("#events :is(pre, section, button, summary)")
    .evaluateAll((all) =>
      all.filter((each) => !each.textContent?.trim() && !each.getAttribute("aria-label")).map((each) => each.outerHTML),
    );
  expect(nameless).toEqual([]);
});
