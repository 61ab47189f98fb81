import type { BrowserContext, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { bundle } from "../../sdk/build.mjs";
// Declares `window.Smooch` for the functions that run in the page.
import type {} from "../../sdk/src/script.ts";
import { newIntegration, participantsOf, type RestUser, seenByBusiness } from "../support/business.ts";
import { userToken } from "../support/signToken.ts";
import { servePage, startBrowser } from "../support/startBrowser.ts";
import { startTestServer } from "../support/startTestServer.ts";

/** The page that both servers serve; a test gives its own script. */
let html = "";

const files = await bundle();
const script = (file: string) => answer("text/javascript", () => Buffer.from(files.get(file) ?? ""));
const answer = (type: string, body: () => Buffer) => () => ({
  status: 200,
  // A module is fetched with CORS, a script is not.
  headers: [
    ["content-type", type],
    ["access-control-allow-origin", "*"],
  ] as const,
  body: body(),
});
const server = await startTestServer({
  pages: {
    "/sdk/smooch.js": script("smooch.js"),
    "/sdk/index.js": script("index.js"),
    "/shop": answer("text/html", () => Buffer.from(html)),
  },
});
const port = await servePage(() => html);
const elsewhere = `http://127.0.0.1:${port}`;
/** An origin without TLS, to which browsers give no locks; this machine's own addresses count as secure. */
const insecure = `http://shop.example:${port}`;
const app = await server.newApp();
const integrationId = await newIntegration(app);
const newContext = await startBrowser("--host-resolver-rules=MAP shop.example 127.0.0.1");

/** Opens the page with this script, of a new visitor unless told whose. */
async function visit(script: string, context?: BrowserContext, origin = server.url): Promise<Page> {
  html = `<!doctype html><title>Shop</title><link rel="icon" href="data:,">
<script src="${server.url}/sdk/smooch.js"></script>
<script>
${script}
</script>`;
  const page = await (context ?? (await newContext())).newPage();
  await page.goto(`${origin}/shop`);
  return page;
}

/** Opens the page with the SDK initialised and nothing else done. */
async function visitQuietly(context?: BrowserContext, origin?: string): Promise<Page> {
  const page = await visit(`window.ready = Smooch.init({ integrationId: "${integrationId}" });`, context, origin);
  await page.evaluate("ready");
  return page;
}

/** The user of the page, as soon as there is one. */
async function userOf(page: Page): Promise<{ id: string; externalId?: string }> {
  const user = await page.waitForFunction(() => {
    try {
      return window.Smooch.getUser();
    } catch {
      // Before init is through.
      return undefined;
    }
  });
  const value = await user.jsonValue();
  if (!value) throw new Error("no user");
  return value;
}

/** A token as a business signs it, which was good until an hour ago. */
const expiredToken = (externalId: string) => userToken(app, externalId, { exp: Math.floor(Date.now() / 1000) - 3600 });

function businessWrites(conversationId: string, text: string) {
  return app.api.post(`/v2/apps/${app.id}/conversations/${conversationId}/messages`, {
    author: { type: "business", displayName: "Shop" },
    content: { type: "text", text },
  });
}

const displayedId = (page: Page) => page.evaluate(() => window.Smooch.getDisplayedConversation()?.id ?? "");
const storedKeys = (page: Page) =>
  page.evaluate(() =>
    Object.keys(localStorage)
      .map((key) => key.split(".")[1])
      .sort(),
  );

describe("the documentation's two lines", () => {
  test("create an anonymous user with its client and its default conversation", async () => {
    const page = await visit(
      `Smooch.init({ integrationId: "${integrationId}" }).then(() => Smooch.createConversation());`,
    );
    const { id } = await userOf(page);
    expect(await seenByBusiness(app, id)).toMatchObject({ id, authenticated: false });
    const conversation = await page.evaluate(() => window.Smooch.getDisplayedConversation());
    expect(conversation).toMatchObject({ type: "personal", isDefault: true });
    expect(await participantsOf(app, conversation?.id ?? "")).toEqual([id]);
    const clients = await app.api.get(`/v2/apps/${app.id}/users/${id}/clients`);
    expect(clients.body).toMatchObject({ clients: [{ type: "sdk", status: "active" }] });
    expect(await storedKeys(page)).toEqual(["appUserId", "clientId", "sessionToken"]);
  });

  test("sign a person in whom nobody knew, and find them again", async () => {
    const jwt = userToken(app, "anna");
    const script = `Smooch.init({ integrationId: "${integrationId}" }).then(() => Smooch.login("anna", "${jwt}"));`;
    const first = await userOf(await visit(script));
    expect(first.externalId).toBe("anna");
    expect(await seenByBusiness(app, "anna")).toMatchObject({ id: first.id, authenticated: true });
    const page = await visit(script);
    expect(await userOf(page)).toMatchObject({ id: first.id });
    expect(await storedKeys(page)).toEqual(["clientId"]);
  });

  test("on a page that is loaded again resume the same person, without an error", async () => {
    const context = await newContext();
    const errors: Error[] = [];
    context.on("weberror", (error) => errors.push(error.error()));
    const page = await visit(
      `Smooch.on("ready", () => { window.resumed = Smooch.getUser()?.id; });
       Smooch.init({ integrationId: "${integrationId}" }).then(() => Smooch.createConversation()).then(() => { window.done = true; });`,
      context,
    );
    await page.waitForFunction("window.done");
    const { id } = await userOf(page);
    await page.evaluate(() => window.Smooch.sendMessage("Hello"));
    await page.reload();
    await page.waitForFunction("window.done");
    expect(await page.evaluate("window.resumed")).toBe(id);
    const messages = await page.evaluate(() => window.Smooch.getDisplayedConversation()?.messages);
    expect(messages).toMatchObject([{ text: "Hello", role: "user", userId: id }]);
    expect(errors).toEqual([]);
  });

  test("work on a page of another origin", async () => {
    const page = await visit(
      `Smooch.init({ integrationId: "${integrationId}" }).then(() => Smooch.createConversation());`,
      undefined,
      elsewhere,
    );
    const { id } = await userOf(page);
    expect(await seenByBusiness(app, id)).toMatchObject({ id });
    await page.evaluate(() => window.Smooch.sendMessage("Hello"));
    const jwt = userToken(app, "from elsewhere");
    await page.evaluate((jwt) => window.Smooch.login("from elsewhere", jwt), jwt);
    await page.evaluate(() => window.Smooch.logout());
  });
});

test("the module finds the server it was loaded from, like the script", async () => {
  const page = await visit(
    `import("${server.url}/sdk/index.js").then(async ({ default: Smooch }) => {
       await Smooch.init({ integrationId: "${integrationId}" });
       window.created = await Smooch.createConversation();
     });`,
    undefined,
    elsewhere,
  );
  await page.waitForFunction("window.created");
  expect(await page.evaluate("window.created")).toMatchObject({ isDefault: true });
});

test("a page of an origin that is not on the whitelist is refused", async () => {
  const strict = await newIntegration(app, { originWhitelist: ["https://shop.example"] });
  const page = await visit("", undefined, elsewhere);
  const refusal = await page.evaluate(
    (integrationId) => window.Smooch.init({ integrationId }).catch(({ code, status }) => ({ code, status })),
    strict,
  );
  expect(refusal).toEqual({ code: "forbidden", status: 403 });
});

describe("who somebody is", () => {
  test("an anonymous user who logs in with a new externalId stays the same user, with the history", async () => {
    const page = await visitQuietly();
    await page.evaluate(() => window.Smooch.sendMessage("Before the login"));
    const { id } = await userOf(page);
    const jwt = userToken(app, "upgraded");
    await page.evaluate((jwt) => window.Smooch.login("upgraded", jwt), jwt);
    expect(await userOf(page)).toMatchObject({ id, externalId: "upgraded" });
    expect(await seenByBusiness(app, "upgraded")).toMatchObject({ id, authenticated: true });
    const messages = await page.evaluate(() => window.Smooch.getDisplayedConversation()?.messages);
    expect(messages).toMatchObject([{ text: "Before the login" }]);
    expect(await storedKeys(page)).toEqual(["clientId"]);
  });

  test("an anonymous user who logs in as a known user is merged into that one", async () => {
    const { body } = await app.api.post<{ user: RestUser }>(`/v2/apps/${app.id}/users`, { externalId: "known" });
    const page = await visitQuietly();
    await page.evaluate(() => window.Smooch.sendMessage("Before the login"));
    const anonymous = await userOf(page);
    const conversationId = await displayedId(page);
    const jwt = userToken(app, "known");
    await page.evaluate((jwt) => window.Smooch.login("known", jwt), jwt);
    expect(await userOf(page)).toMatchObject({ id: body.user.id, externalId: "known" });
    expect((await app.api.get(`/v2/apps/${app.id}/users/${anonymous.id}`)).status).toBe(404);
    expect(await displayedId(page)).toBe(conversationId);
    expect(await participantsOf(app, conversationId)).toEqual([body.user.id]);
  });

  test("who logs out is nobody, and the next conversation belongs to a new anonymous user", async () => {
    const page = await visitQuietly();
    const jwt = userToken(app, "leaves");
    await page.evaluate((jwt) => window.Smooch.login("leaves", jwt), jwt);
    const before = await userOf(page);
    await page.evaluate(() => window.Smooch.logout());
    expect(await page.evaluate(() => window.Smooch.getUser())).toBeUndefined();
    await page.evaluate(() => window.Smooch.createConversation());
    const after = await userOf(page);
    expect(after.id).not.toBe(before.id);
    expect(await seenByBusiness(app, after.id)).toMatchObject({ authenticated: false });
  });

  test("a person on two devices has one conversation, whichever starts it", async () => {
    const jwt = userToken(app, "two devices");
    const [one, other] = [await visitQuietly(), await visitQuietly()];
    for (const page of [one, other]) await page.evaluate((jwt) => window.Smooch.login("two devices", jwt), jwt);
    await one.evaluate(() => window.Smooch.sendMessage("from one"));
    const id = await other.evaluate(async () => (await window.Smooch.createConversation()).id);
    expect(id).toBe(await displayedId(one));
    await other.evaluate(() => window.Smooch.sendMessage("from the other"));
    const messages = await other.evaluate(() => window.Smooch.getDisplayedConversation()?.messages);
    expect(messages).toMatchObject([{ text: "from one" }, { text: "from the other" }]);
  });

  test("a signed-in person whom the business deletes is made anew by the next message", async () => {
    const page = await visitQuietly();
    const jwt = userToken(app, "deleted");
    await page.evaluate((jwt) => window.Smooch.login("deleted", jwt), jwt);
    await page.evaluate(() => window.Smooch.createConversation());
    const before = await userOf(page);
    expect((await app.api.delete(`/v2/apps/${app.id}/users/${before.id}`)).status).toBe(200);
    await page.evaluate(() => window.Smooch.sendMessage("Hello?"));
    const after = await userOf(page);
    expect(after.id).not.toBe(before.id);
    expect(await seenByBusiness(app, "deleted")).toMatchObject({ id: after.id, authenticated: true });
    expect(await participantsOf(app, await displayedId(page))).toEqual([after.id]);
  });

  test("a person who was deleted while the page was closed is nobody to the next visit, and not an error", async () => {
    const context = await newContext();
    const page = await visitQuietly(context);
    await page.evaluate(() => window.Smooch.createConversation());
    const { id } = await userOf(page);
    await app.api.delete(`/v2/apps/${app.id}/users/${id}`);
    const next = await visitQuietly(context);
    expect(await next.evaluate(() => window.Smooch.getUser())).toBeUndefined();
    expect(await storedKeys(next)).toEqual(["clientId"]);
    await next.evaluate(() => window.Smooch.createConversation());
    expect((await userOf(next)).id).not.toBe(id);
  });

  test("an email that is none keeps nobody from beginning, and null clears one", async () => {
    const page = await visitQuietly();
    await page.evaluate(() => window.Smooch.updateUser({ email: "nope" }));
    await page.evaluate(() => window.Smooch.sendMessage("Hello"));
    await page.evaluate(() => window.Smooch.updateUser({ givenName: "Anna", metadata: { plan: "free" } }));
    const user = await page.evaluate(() => window.Smooch.updateUser({ givenName: null, metadata: { plan: null } }));
    expect(user).not.toHaveProperty("givenName");
    expect(user?.metadata).toEqual({});
  });

  test("an expired token is refused, and nothing changes", async () => {
    const page = await visitQuietly();
    await page.evaluate(() => window.Smooch.createConversation());
    const before = await userOf(page);
    const refusal = await page.evaluate(
      (jwt) =>
        window.Smooch.login("expired", jwt).catch(({ name, code, status, description }) => ({
          name,
          code,
          status,
          description: typeof description,
        })),
      expiredToken("expired"),
    );
    expect(refusal).toEqual({ name: "SmoochError", code: "invalid_auth", status: 401, description: "string" });
    expect(await userOf(page)).toEqual(before);
    await page.evaluate(() => window.Smooch.sendMessage("Still me"));
    expect((await app.api.get(`/v2/apps/${app.id}/users/expired`)).status).toBe(404);
  });

  test("an expired token is renewed by the delegate", async () => {
    const page = await visitQuietly();
    const asked = await page.evaluate(
      async ([expired, fresh]) => {
        let asked = 0;
        window.Smooch.setDelegate({
          onInvalidAuth: async () => {
            asked++;
            return fresh ?? "";
          },
        });
        await window.Smooch.login("renewed", expired ?? "");
        return asked;
      },
      [expiredToken("renewed"), userToken(app, "renewed")],
    );
    expect(asked).toBe(1);
    expect(await userOf(page)).toMatchObject({ externalId: "renewed" });
  });

  test("a person whose answer was lost before the page was loaded again is one user", async () => {
    const context = await newContext();
    const made: string[] = [];
    let heard = false;
    await context.route("**/appusers", async (route) => {
      const response = await route.fetch();
      made.push((await response.json()).appUser._id);
      if (heard) await route.fulfill({ response });
      else await route.abort("connectionreset");
    });
    const page = await visitQuietly(context);
    const lost = context.waitForEvent("requestfailed");
    await page.evaluate(() => void window.Smooch.createConversation().catch(() => undefined));
    await lost;
    await page.reload();
    await page.evaluate("ready");
    heard = true;
    await page.evaluate(() => window.Smooch.createConversation());
    expect(await userOf(page)).toMatchObject({ id: made[0] });
    expect(made.length).toBeGreaterThan(1);
    expect(new Set(made).size).toBe(1);
  });
});

test("calls at the same time make one user and one conversation", async () => {
  const page = await visitQuietly();
  const ids = await page.evaluate(async () => {
    const { Smooch } = window;
    const [one, other] = await Promise.all([Smooch.createConversation(), Smooch.createConversation()]);
    await Promise.all([Smooch.sendMessage("one"), Smooch.sendMessage("two")]);
    return [one.id, other.id];
  });
  expect(ids[0]).toBe(ids[1]);
  const messages = await page.evaluate(() => window.Smooch.getDisplayedConversation()?.messages);
  expect(messages).toMatchObject([{ text: "one" }, { text: "two" }]);
});

test("what the business writes reaches the page", async () => {
  const page = await visit(
    `window.ready = Smooch.init({ integrationId: "${integrationId}", pollInterval: 50 });
     window.happened = [];
     for (const name of ["message:received", "unreadCount"]) Smooch.on(name, (what) => happened.push([name, what]));`,
  );
  await page.evaluate("ready");
  await page.evaluate(() => window.Smooch.createConversation());
  await businessWrites(await displayedId(page), "How can we help?");
  await page.waitForFunction("window.happened.length === 2");
  expect(await page.evaluate("window.happened")).toMatchObject([
    ["message:received", { text: "How can we help?", role: "business", displayName: "Shop" }],
    ["unreadCount", 1],
  ]);
  await page.evaluate(() => window.Smooch.markAllAsRead());
  const conversation = await page.evaluate(() => window.Smooch.getConversationById());
  expect(conversation.participants[0]).toMatchObject({ unreadCount: 0 });
});

test("a page written for the vendor's messenger goes on: what is not there is named once, a button that is not there is refused", async () => {
  const page = await visitQuietly();
  const warnings: string[] = [];
  page.on("console", (message) => message.type() === "warning" && warnings.push(message.text()));
  await page.evaluate(() => window.Smooch.createConversation());
  const told = await page.evaluate(async () => {
    window.Smooch.open();
    window.Smooch.open();
    window.Smooch.render(document.body);
    const refusal = await window.Smooch.triggerPostback("button").catch((error) => [error.status, error.code]);
    return [window.Smooch.isOpened(), refusal];
  });
  expect(told).toEqual([false, [400, "bad_request"]]);
  expect(warnings).toEqual(["open", "render", "isOpened"].map((name) => expect.stringContaining(`Smooch: ${name} `)));
});

test("a message written offline leaves when the network is back", async () => {
  const page = await visitQuietly();
  await page.evaluate(() => window.Smooch.createConversation());
  // From now on no pause ends by itself.
  await page.clock.install();
  // The page must not have reached that time before, however slow the machine is.
  await page.clock.pauseAt(Date.now() + 60_000);
  await page.context().setOffline(true);
  const failed = page.waitForEvent("requestfailed", (request) => request.method() === "POST");
  const sent = page.evaluate(async () => (await window.Smooch.sendMessage("Written offline")).text);
  await failed;
  // What the page does about the failure is done before this.
  await page.evaluate(() => navigator.onLine);
  await page.context().setOffline(false);
  expect(await sent).toBe("Written offline");
});

test("a page that may store nothing has a user as long as it lives", async () => {
  const page = await newContext().then((context) => context.newPage());
  await page.goto(`${server.url}/sdk/smooch.js`);
  // A sandboxed frame has an origin of its own, to which the browser refuses storage and locks.
  await page.setContent(`<iframe sandbox="allow-scripts" srcdoc="
    <script src='${server.url}/sdk/smooch.js'></script>
    <script>window.ready = Smooch.init({ integrationId: '${integrationId}' });</script>"></iframe>`);
  const frame = page.frames()[1];
  if (!frame) throw new Error("no frame");
  await frame.waitForFunction("window.ready");
  await frame.evaluate("ready");
  expect(
    await frame.evaluate(() => {
      try {
        return typeof localStorage;
      } catch {
        return "refused";
      }
    }),
  ).toBe("refused");
  const [first, second] = await frame.evaluate(async () => {
    await window.Smooch.createConversation();
    const first = window.Smooch.getUser()?.id;
    await window.Smooch.sendMessage("Hello");
    return [first, window.Smooch.getUser()?.id];
  });
  expect(first).toBe(second);
  expect(await seenByBusiness(app, first ?? "")).toMatchObject({ authenticated: false });
});

describe("two tabs", () => {
  // Twice, because tabs that do not agree have the same user by luck now and then.
  test.each([
    ["", server.url, true],
    ...[1, 2].map((time) => [` on a page without TLS (${time})`, insecure, false] as const),
  ])("that create at once make one user%s", async (_, origin, locks) => {
    const context = await newContext();
    const one = await visitQuietly(context, origin);
    const other = await visitQuietly(context, origin);
    expect(await one.evaluate(() => "locks" in navigator)).toBe(locks);
    const [first, second] = await Promise.all(
      [one, other].map((page) => page.evaluate(async () => (await window.Smooch.createConversation()).id)),
    );
    expect(first).toBe(second);
    expect(await userOf(one)).toEqual(await userOf(other));
    for (const page of [one, other]) await page.evaluate(() => window.Smooch.sendMessage("Hello"));
  });

  test("share a user that one of them makes later", async () => {
    const context = await newContext();
    const one = await visitQuietly(context);
    const other = await visitQuietly(context);
    await one.evaluate(() => window.Smooch.createConversation());
    expect(await userOf(other)).toEqual(await userOf(one));
  });

  test("part when one logs in, and the other later is somebody new", async () => {
    const context = await newContext();
    const one = await visitQuietly(context);
    await one.evaluate(() => window.Smooch.createConversation());
    const other = await visitQuietly(context);
    const anonymous = await userOf(other);
    await other.evaluate(() => {
      const ended = new Promise<void>((resolve) => window.Smooch.on("session:ended", resolve));
      Object.assign(window, { ended });
    });
    const jwt = userToken(app, "in one tab");
    await one.evaluate((jwt) => window.Smooch.login("in one tab", jwt), jwt);
    await other.evaluate("ended");
    expect(await other.evaluate(() => window.Smooch.getUser())).toBeUndefined();
    await other.evaluate(() => window.Smooch.createConversation());
    expect((await userOf(other)).id).not.toBe(anonymous.id);
    expect(await userOf(one)).toMatchObject({ id: anonymous.id, externalId: "in one tab" });
  });
});
