import type { Page } from "playwright-core";
import { afterEach, describe, expect, test } from "vitest";
import { axeFindings } from "../support/axe.ts";
import type { NewContext } from "../support/startBrowser.ts";
import { startLocalPages } from "../support/startLocalPages.ts";

const { url, accountKey, faults, newPage } = await startLocalPages();
const { paths } = await (await fetch(`${url}/openapi.json`)).json();
const operations: readonly { operationId: string }[] = Object.values<object>(paths).flatMap((one) =>
  Object.values(one),
);
afterEach(() => expect(faults.splice(0)).toEqual([]));

async function open(hash = "", options: Parameters<NewContext>[0] = {}): Promise<Page> {
  const page = await newPage(options);
  await page.goto(`${url}/docs${hash}`);
  await page.locator("#operations a").first().waitFor({ state: "attached" });
  return page;
}

test("every operation is in the navigation, and is shown without a fault", async () => {
  const page = await open();
  expect(await page.locator("#operations a").count()).toBe(operations.length);
  for (const { operationId } of operations) {
    await page.evaluate((id) => {
      location.hash = id;
    }, operationId);
    await page.locator("#operation .does", { hasText: `${operationId}. May be called by` }).waitFor();
  }
});

test("the search finds operations by their names, paths and words, and says how many", async () => {
  const page = await open();
  const search = page.getByRole("searchbox");
  await search.fill("webhook rotate");
  expect(await page.locator("#operations a").count()).toBe(1);
  expect(await page.locator("#found").textContent()).toBe(`1 of ${operations.length} operations`);
  await search.fill("nothing of the kind");
  expect(await page.locator("#operations a").count()).toBe(0);
});

test("the guide says how to authenticate, and each operation leads there", async () => {
  const page = await open("#CreateUser");
  await page.getByRole("link", { name: "Authentication" }).last().click();
  await page.getByRole("heading", { name: "Authentication" }).waitFor();
  const guide = await page.locator("#guide").textContent();
  for (const word of ["act_", "app_", "int_", "HS256", "kid", "external_id", "x-api-key"])
    expect(guide).toContain(word);
});

test("the keyboard skips to the text of the operation that is shown", async () => {
  const page = await open("#CreateUser");
  await page.getByRole("link", { name: "Skip to the text" }).focus();
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
  await page.getByRole("heading", { name: "Create a user (way 1)" }).waitFor();
});

describe("trying an operation", () => {
  const send = (page: Page) => page.getByRole("button", { name: "Send", exact: true }).click();

  test("sends the example with the demo app's key", async () => {
    const page = await open("#CreateUser");
    await page.getByLabel("Body").fill(JSON.stringify({ externalId: "from-the-docs" }));
    await send(page);
    await page.locator("[role=status] .status", { hasText: "201" }).waitFor();
    expect(await page.locator("[role=status]").last().textContent()).toContain("from-the-docs");
  });

  test("of the account's uses the account key, which the page does not show", async () => {
    const page = await open("#ListApps");
    await send(page);
    await page.locator("[role=status] .status", { hasText: "200" }).waitFor();
    const { secret } = accountKey;
    expect(await page.content()).not.toContain(secret);
  });

  test("without authentication shows how that is refused", async () => {
    const page = await open("#CreateUser");
    await page.getByLabel("Authenticate with").selectOption({ label: "nothing" });
    await send(page);
    await page.locator("[role=status] .status.failed", { hasText: "401" }).waitFor();
    expect(faults.splice(0).join()).toContain("401");
  });
});

describe.each(["light", "dark"] as const)("%s", (colorScheme) => {
  test("axe finds nothing in the guide, in an operation, nor in an answer", async () => {
    const page = await open("", { colorScheme });
    expect(await axeFindings(page)).toEqual([]);
    await page.locator("#operations a", { hasText: "Create a user" }).first().click();
    await page.getByLabel("Body").fill("{}");
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await page.locator("[role=status] .status").waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  test("a phone of 360 pixels shows it without scrolling sideways", async () => {
    const page = await open("", { colorScheme, viewport: { width: 360, height: 740 } });
    for (const hash of ["", "#CreateUser", "#PostMessage"]) {
      await page.goto(`${url}/docs${hash}`);
      await page.locator("main h1:visible").waitFor();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    }
  });
});
