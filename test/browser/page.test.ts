import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { channelTypes } from "../../lib/model/channel.ts";
// Declares `window.Smooch` for the functions that run in the page.
import type {} from "../../sdk/src/script.ts";
import { type NewContext, servePage } from "../support/startBrowser.ts";
import { startLocal } from "../support/startLocal.ts";
import { startLocalPages } from "../support/startLocalPages.ts";

const elsewhere = await servePage(() => "Elsewhere");
// A name of somebody else's that leads to this machine, as an attacker's name server would answer.
const { newContext, url, faults } = await startLocalPages("--host-resolver-rules=MAP rebound.example 127.0.0.1");

/** A page of a new visitor, watched for everything that a page should not do. */
async function open(path = "/", options: Parameters<NewContext>[0] = {}): Promise<Page> {
  faults.length = 0;
  const context = await newContext({ reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && faults.push(message.text()));
  page.on("pageerror", (error) => faults.push(error.message));
  page.on(
    "request",
    (request) =>
      /^(data:|blob:)/.test(request.url()) || new URL(request.url()).origin === url || faults.push(request.url()),
  );
  await page.goto(url + path);
  return page;
}

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const outcome = (page: Page) => page.getByRole("status").textContent();
/** The value beside a term in the card of a kind of record. */
const fact = (page: Page, record: string, term: string) =>
  page.locator(`#record-${record} dt:text-is("${term}") + dd`).first().textContent();
/** The requests that the last click made, as their lines read. */
const requestsOf = async (page: Page) =>
  (await page.locator("#requests summary").allTextContents()).map((line) =>
    line.replaceAll(/…\u2060[0-9a-f]{4}/g, "…"),
  );

/** Clicks, and waits until the records of somebody with a conversation stand beside. */
async function click(page: Page, name: string): Promise<string> {
  const before = await outcome(page);
  await button(page, name).click();
  await page.waitForFunction((text) => document.getElementById("outcome")?.textContent !== text, before);
  await page.locator(".busy").waitFor({ state: "detached" });
  return (await outcome(page)) ?? "";
}

/** The record beside is of one user with a conversation in which they take part. */
async function expectWholeUser(page: Page): Promise<string> {
  const id = (await fact(page, "user", "id")) ?? "";
  expect(id).toMatch(/^[0-9a-f]{24}$/);
  expect(await fact(page, "conversation", "type")).toBe("personal, the default");
  expect(await fact(page, "participants", "userId")).toBe(id);
  return id;
}

describe("one click", () => {
  test("on way 1 makes a user by the API, and a conversation", async () => {
    const page = await open();
    expect(await click(page, "Create the user")).toContain("A new user");
    await expectWholeUser(page);
    expect(await fact(page, "user", "externalId")).toBe(await page.locator("#way1 [name=externalId]").inputValue());
    expect(await fact(page, "user", "authenticated")).toBe("no");
    expect(await requestsOf(page)).toEqual(["POST/v2/apps/…/users201", "POST/v2/apps/…/conversations201"]);
    expect(faults).toEqual([]);
  });

  test("on way 1 without an externalId makes somebody new each time", async () => {
    const page = await open();
    await page.locator("#way1 [name=externalId]").fill("");
    await click(page, "Create the user");
    const first = await expectWholeUser(page);
    await button(page, "Create the user").click();
    await page.waitForFunction((id) => !document.getElementById("record-user")?.textContent?.includes(id), first);
    expect(faults).toEqual([]);
  });

  test("on way 2 delivers a signed message of each channel", async () => {
    const page = await open();
    const people: string[] = [];
    for (const type of channelTypes) {
      await page.getByRole("combobox").selectOption(type);
      await page.getByLabel("From").fill("Zoë Müller");
      expect(await click(page, "Deliver the message")).toContain("message is stored");
      people.push(await expectWholeUser(page));
      expect(await fact(page, "clients", "type")).toBe(`${type}, active`);
      expect(await page.locator("#record-messages .message").textContent()).toContain("Hello, are you open on Sunday?");
      expect(await requestsOf(page)).toEqual(["POST/webhooks/…200"]);
    }
    expect(new Set(people).size).toBe(channelTypes.length);
    expect(faults).toEqual([]);
  });

  test("on way 3 makes an anonymous user by the SDK", async () => {
    const page = await open();
    expect(await click(page, "Start the conversation")).toContain("An anonymous user");
    const id = await expectWholeUser(page);
    expect(await page.evaluate(() => window.Smooch.getUser()?.id)).toBe(id);
    expect(await fact(page, "clients", "type")).toBe("sdk, active");
    expect(await requestsOf(page)).toContain("POST/sdk/v2/apps/…/appusers201");
    expect(await page.locator("#session").textContent()).toBe("an anonymous visitor");
    expect(faults).toEqual([]);
  });

  test("on way 4 signs somebody in by the SDK", async () => {
    const page = await open();
    expect(await click(page, "Log in")).toContain("Signed in as");
    await expectWholeUser(page);
    expect(await fact(page, "user", "externalId")).toBe(await page.locator("#way4 [name=externalId]").inputValue());
    expect(await fact(page, "user", "authenticated")).toBe("yes");
    expect(await requestsOf(page)).toContain("POST/sdk/v2/apps/…/login200");
    expect(faults).toEqual([]);
  });
});

describe("one way after the other", () => {
  test("a visitor who logs in stays the same user", async () => {
    const page = await open();
    await click(page, "Start the conversation");
    const visitor = await expectWholeUser(page);
    expect(await click(page, "Log in")).toContain("the same id");
    expect(await expectWholeUser(page)).toBe(visitor);
  });

  test("a visitor who logs in as a user of way 1 is merged into that user", async () => {
    const page = await open();
    await click(page, "Create the user");
    const created = await expectWholeUser(page);
    await click(page, "Start the conversation");
    expect(await click(page, "Log in")).toContain("merged");
    expect(await expectWholeUser(page)).toBe(created);
  });

  test("a user who exists is a conflict, which shows who it is", async () => {
    const page = await open();
    await click(page, "Create the user");
    const created = await expectWholeUser(page);
    expect(await click(page, "Create the user")).toContain("User already exists");
    expect(await expectWholeUser(page)).toBe(created);
    expect(await requestsOf(page)).toContain("POST/v2/apps/…/users409");
  });

  test("a message that is delivered again adds nothing", async () => {
    const page = await open();
    await page.getByLabel("From").fill("Delivered Twice");
    await click(page, "Deliver the message");
    expect(await click(page, "Deliver it again")).toContain("nothing was added");
    expect(await page.locator("#record-messages .message").count()).toBe(1);
  });

  test("a person of a channel who was deleted and writes again is somebody new", async () => {
    const page = await open();
    await page.getByLabel("From").fill("Comes Back");
    await click(page, "Deliver the message");
    const before = await expectWholeUser(page);
    await page.evaluate(async (id) => {
      const post = { method: "POST", headers: { "content-type": "application/json" }, body: "{}" };
      const { appId, key } = await (await fetch("/local/demo", post)).json();
      const headers = { authorization: `Basic ${btoa(`${key.id}:${key.secret}`)}` };
      await fetch(`/v2/apps/${appId}/users/${id}`, { method: "DELETE", headers });
    }, before);
    await page.getByRole("textbox", { name: "Message", exact: true }).fill("Hello again");
    await button(page, "Deliver the message").click();
    await page.locator("#record-messages .message", { hasText: "Hello again" }).waitFor();
    expect(await expectWholeUser(page)).not.toBe(before);
  });

  test("the business replies", async () => {
    const page = await open();
    await click(page, "Start the conversation");
    await page.getByLabel("Reply as the business").fill("We are <b>open</b>.");
    await page.keyboard.press("Enter");
    await page.locator(".message.business").waitFor();
    await page.locator(".busy").waitFor({ state: "detached" });
    expect(await page.locator(".message.business").textContent()).toContain("We are <b>open</b>.");
    expect(await requestsOf(page)).toEqual(["POST/v2/apps/…/conversations/…/messages201"]);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("reply");
  });

  test("a page that is loaded again shows the visitor it remembers, and starting over forgets", async () => {
    const page = await open();
    await click(page, "Start the conversation");
    const visitor = await expectWholeUser(page);
    await page.reload();
    await page.locator("#record-user").waitFor();
    expect(await expectWholeUser(page)).toBe(visitor);
    expect(await click(page, "Start over")).toContain("new visitor");
    expect(await page.locator("#session").textContent()).toBe("nobody yet");
    await click(page, "Start the conversation");
    expect(await expectWholeUser(page)).not.toBe(visitor);
    expect(faults).toEqual([]);
  });
});

describe("a request on the page", () => {
  test("shows what went over the wire without its secrets, and copies as a command that works", async () => {
    const page = await open("/", { permissions: ["clipboard-read", "clipboard-write"] });
    await click(page, "Create the user");
    await page.locator("#record-user summary").click();
    const shown = await page.locator("#record-user .parts").textContent();
    expect(shown).toContain("authorization: Basic ••••••••");
    await page.locator("#record-user").getByRole("button", { name: "Copy as curl" }).click();
    await page.getByText("Copied").waitFor();
    const command = await page.evaluate(() => navigator.clipboard.readText());
    const [, id = "", secret = ""] = /-u '(\w+):(\S+)'/.exec(command) ?? [];
    expect(shown).not.toContain(secret);
    const target = /'(http\S+)'/.exec(command)?.[1] ?? "";
    const answer = await fetch(target, { headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` } });
    expect(await answer.json()).toMatchObject({ user: { id: await fact(page, "user", "id") } });
  });

  test("never shows a session token or a signed token", async () => {
    const page = await open();
    await click(page, "Start the conversation");
    await click(page, "Log in");
    for (const summary of await page.locator("#requests summary").all()) await summary.click();
    const stored = await page.evaluate(() => Object.values(localStorage).filter((value) => value.length > 30));
    const text = (await page.locator("#result").textContent()) ?? "";
    expect(text).not.toMatch(/eyJ[\w-]+\.[\w-]+/);
    for (const value of stored) if (!/^[0-9a-f]{32}$/.test(value)) expect(text).not.toContain(value);
  });
});

test("the page's app is made once, however often the page is opened", async () => {
  const pages = await Promise.all([open(), open()]);
  for (const page of pages) await page.locator(".integration", { hasNotText: "…" }).first().waitFor();
  const [one, other] = await Promise.all(pages.map((page) => page.locator(".integration").first().textContent()));
  expect(one).toBe(other);
});

test("everything is done with the keyboard alone, and the outcome is announced", async () => {
  const page = await open();
  const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
  /** Tabs on to the button of this name. */
  const tabTo = async (name: string) => {
    for (let steps = 0; (await focused()) !== name; steps++) {
      if (steps > 40) throw new Error(`The keyboard does not reach "${name}".`);
      await page.keyboard.press("Tab");
    }
  };
  for (const name of ["Create the user", "Deliver the message", "Start the conversation", "Log in"]) {
    const before = await outcome(page);
    await tabTo(name);
    await page.keyboard.press("Enter");
    await page.waitForFunction((text) => document.querySelector("[role=status]")?.textContent !== text, before);
    await page.locator(".busy").waitFor({ state: "detached" });
    expect(await focused()).toBe(name);
    await expectWholeUser(page);
  }
  await page.locator("#record-user summary").focus();
  await page.keyboard.press("Enter");
  expect(await page.locator("#record-user details").getAttribute("open")).not.toBeNull();
});

test("a page whose server was stopped, or began anew since, says so", async () => {
  const own = mkdtempSync(join(tmpdir(), "sunroom-"));
  const first = await startLocal(own);
  const origin = /ready at (\S+)/.exec(first.stdout())?.[1] ?? "";
  const context = await newContext({ reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto(origin);
  await click(page, "Create the user");
  first.kill("SIGTERM");
  await first.exited;
  expect(await click(page, "Create the user")).toBe("Sunroom does not answer. Start it again with npm start.");
  const second = await startLocal(own, { PORT: new URL(origin).port }, "--fresh");
  try {
    expect(await click(page, "Create the user")).toContain("Load it again.");
    await page.reload();
    expect(await click(page, "Create the user")).toContain("A new user");
  } finally {
    second.kill("SIGTERM");
    await second.exited;
    rmSync(own, { recursive: true, force: true });
  }
});

test("every field and button has a name", async () => {
  const page = await open();
  await click(page, "Deliver the message");
  const nameless = await page.evaluate(() =>
    [...document.querySelectorAll("input, select, button, summary, section")]
      .filter(
        (each) => !(each instanceof HTMLInputElement || each instanceof HTMLSelectElement) || !each.labels?.length,
      )
      .filter((each) => !each.textContent?.trim() && !each.getAttribute("aria-label"))
      .map((each) => each.outerHTML),
  );
  expect(nameless).toEqual([]);
});

test.each(["light", "dark"] as const)(
  "a phone of 360 pixels shows all of it without scrolling sideways, %s",
  async (colorScheme) => {
    const page = await open("/", { viewport: { width: 360, height: 740 }, colorScheme });
    await button(page, "Deliver the message").scrollIntoViewIfNeeded();
    const place = () => page.evaluate(() => [window.scrollY, document.activeElement?.textContent]);
    await button(page, "Deliver the message").focus();
    const before = await place();
    await page.keyboard.press("Enter");
    await page.locator("#way2 .came", { hasText: "message is stored" }).waitFor();
    expect(await place()).toEqual(before);
    await page.getByRole("link", { name: "See the records" }).click();
    await expect
      .poll(() => page.evaluate(() => document.getElementById("result")?.getBoundingClientRect().top))
      .toBeLessThan(100);
    for (const summary of await page.locator("summary").all()) await summary.click();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  },
);

describe("a page of somebody else's", () => {
  /** What a page gets that asks this server for its secrets in every way a page can. */
  const ask = (page: Page, base: string) =>
    page.evaluate(async (base) => {
      const asked = [];
      for (const path of ["/local/demo", "/local/token", "/local/delivery", "/local/person"])
        for (const init of [
          { method: "POST", body: '{"externalId":"x","channel":"line"}' },
          { method: "POST", body: "{}", headers: { "content-type": "application/json" } },
          { method: "POST", body: "{}", referrerPolicy: "no-referrer" as const },
          { method: "GET" },
        ])
          asked.push(
            await fetch(base + path, init).then(
              async (response) => `${response.status} ${await response.text()}`,
              () => "no answer",
            ),
          );
      return [...new Set(asked)];
    }, base);

  test("on another port gets no secret", async () => {
    const page = await open();
    // A listening TCP server has an address object, never a pipe's name.
    await page.goto(`http://localhost:${elsewhere}/`);
    const answers = await ask(page, url);
    for (const answer of answers) expect(answer).toMatch(/^no answer$|^40[134] /);
    expect(answers.join()).not.toContain("secret");
  });

  test("under a name that was pointed at this machine gets no secret, and not the page", async () => {
    const page = await open();
    const rebound = url.replace("localhost", "rebound.example");
    const response = await page.goto(`${rebound}/`);
    expect(response?.status()).toBe(403);
    const answers = await ask(page, rebound);
    for (const answer of answers) expect(answer).toMatch(/^40[134] /);
    expect(answers.join()).not.toContain('secret":');
  });

  test("cannot show the page in a frame", async () => {
    const page = await open();
    await page.goto(`http://localhost:${elsewhere}/`);
    await page.evaluate((url) => {
      const frame = document.createElement("iframe");
      frame.src = url;
      document.body.append(frame);
      return new Promise((resolve) => frame.addEventListener("load", resolve));
    }, url);
    const framed = page.frames().find((frame) => frame !== page.mainFrame());
    expect(await framed?.title()).not.toContain("Sunroom");
  });

  test("works with the two lines and the SDK of this server", async () => {
    const page = await open();
    await page.locator(".integration", { hasNotText: "…" }).first().waitFor();
    const integrationId = await page.locator(".integration").first().textContent();
    await page.goto(`http://localhost:${elsewhere}/`);
    await page.addScriptTag({ url: `${url}/sdk/smooch.js` });
    const created = await page.evaluate(
      (integrationId) => window.Smooch.init({ integrationId }).then(() => window.Smooch.createConversation()),
      integrationId ?? "",
    );
    expect(created).toMatchObject({ isDefault: true });
  });
});
