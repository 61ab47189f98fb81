import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Smooch } from "../../sdk/src/types.ts";
import { setUp } from "./setUp.ts";

const fixture = setUp();
const warnings = () => vi.mocked(console.warn).mock.calls.map(([text]) => String(text));
beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Every method of the vendor's README, v5. */
const vendors = [
  ...["init", "open", "close", "isOpened", "login", "logout", "destroy", "render", "on", "off", "setDelegate"],
  ...["sendMessage", "startTyping", "stopTyping", "triggerPostback", "updateUser", "getUser", "markAllAsRead"],
  ...["getConversationById", "getConversations", "getDisplayedConversation", "getMoreConversations"],
  ...["hasMoreConversations", "loadConversation", "updateConversation", "createConversation"],
  ...["showNotificationChannelPrompt", "setPredefinedMessage"],
];

const container = {} as Element;
const aboutMessenger: Record<string, (smooch: Smooch) => unknown> = {
  open: (smooch) => smooch.open(),
  close: (smooch) => smooch.close(),
  isOpened: (smooch) => smooch.isOpened(),
  render: (smooch) => smooch.render(container),
  setPredefinedMessage: (smooch) => smooch.setPredefinedMessage("Hello"),
  showNotificationChannelPrompt: (smooch) => smooch.showNotificationChannelPrompt(),
};

test("there is every method of the vendor's README", () => {
  const { smooch } = fixture.openTab();
  expect(vendors.filter((name) => typeof smooch[name as keyof Smooch] !== "function")).toEqual([]);
});

describe("what needs a messenger on the page", () => {
  test.each(Object.entries(aboutMessenger))(
    "%s returns as documented, before init too, and warns once",
    async (name, call) => {
      const tab = fixture.openTab();
      const returned = [call(tab.smooch)];
      await fixture.initialise(tab);
      returned.push(call(tab.smooch), call(tab.smooch));
      tab.smooch.destroy();
      returned.push(call(tab.smooch));
      expect(new Set(returned)).toEqual(new Set([name === "isOpened" ? false : undefined]));
      expect(warnings()).toEqual([expect.stringContaining(name)]);
    },
  );

  test.each(["widget:opened", "widget:closed", "typing:start", "typing:stop", "log:debug"] as const)(
    "the event %s may be listened to, with one warning that it never comes",
    (event) => {
      const { smooch } = fixture.openTab();
      smooch.on(event, () => undefined);
      smooch.on(event, () => undefined);
      expect(warnings()).toEqual([expect.stringContaining(event)]);
      smooch.off(event);
    },
  );

  test("beforeDisplay may be given, with one warning that it is never called", async () => {
    const delegate = { beforeDisplay: () => null };
    const { smooch } = await fixture.open({ delegate });
    smooch.setDelegate(delegate);
    expect(warnings()).toEqual([expect.stringContaining("beforeDisplay")]);
  });

  test("nothing else warns", async () => {
    const { smooch } = await fixture.open({ delegate: { beforeSend: (message) => message } });
    await smooch.sendMessage("Hello");
    expect(warnings()).toEqual([]);
  });
});

describe("triggerPostback", () => {
  const served = { status: 200, body: {} };

  test("sends the button's id in the name of the person, to the displayed conversation or the one that is named", async () => {
    const { smooch } = await fixture.open();
    const { id } = await smooch.createConversation();
    fixture.server.fail("POST /conversations/*/postback", served, served);
    expect(await smooch.triggerPostback("button")).toBeUndefined();
    await smooch.triggerPostback("button", "other");
    const [call, other] = fixture.server.calls("POST /conversations/*/postback");
    expect(call?.path).toContain(`/conversations/${id}/postback`);
    expect(other?.path).toContain("/conversations/other/postback");
    expect(call?.body).toEqual({
      postback: { actionId: "button" },
      author: { role: "appUser", appUserId: smooch.getUser()?.id, client: expect.any(Object) },
    });
  });

  test("sends what beforePostbackSend makes of it", async () => {
    const seen: unknown[] = [];
    const { smooch } = await fixture.open({
      delegate: {
        beforePostbackSend: (postback, data) => {
          seen.push(postback, data);
          return { ...postback, metadata: { page: "cart" } };
        },
      },
    });
    const { id } = await smooch.createConversation();
    fixture.server.fail("POST /conversations/*/postback", served);
    await smooch.triggerPostback("button");
    expect(seen).toEqual([{ actionId: "button" }, { conversation: { id } }]);
    expect(fixture.server.calls("POST /conversations/*/postback")[0]?.body.postback).toEqual({
      actionId: "button",
      metadata: { page: "cart" },
    });
  });

  test("rejects with what the server says where it does not offer postbacks, and does not ask again", async () => {
    const { smooch } = await fixture.open();
    await smooch.createConversation();
    const error = { code: "not_offered", description: "A postback is not offered" };
    fixture.server.fail("POST /conversations/*/postback", { status: 501, body: { error } });
    await expect(smooch.triggerPostback("button")).rejects.toMatchObject({
      name: "SmoochError",
      status: 501,
      ...error,
    });
    expect(fixture.server.calls("POST /conversations/*/postback")).toHaveLength(1);
  });

  test("rejects before init and without a conversation", async () => {
    const tab = fixture.openTab();
    await expect(tab.smooch.triggerPostback("button")).rejects.toMatchObject({ code: "not_initialized" });
    await fixture.initialise(tab);
    await expect(tab.smooch.triggerPostback("button")).rejects.toMatchObject({ code: "conversation_not_found" });
  });

  test("is given its buttons by the messages of a conversation, each with its id", async () => {
    const { smooch } = await fixture.open();
    const { id } = await smooch.createConversation();
    const action = { type: "postback", text: "Yes", payload: "yes" };
    const message = {
      _id: "1",
      role: "appMaker",
      type: "text",
      text: "Sure?",
      received: 1,
      actions: [{ _id: "1-0", ...action }],
    };
    fixture.server.fail("GET /conversations/*", {
      status: 200,
      body: { conversation: { _id: id }, messages: [message] },
    });
    const { messages } = await smooch.getConversationById();
    expect(messages[0]?.actions).toEqual([{ id: "1-0", ...action }]);
  });
});

test("a lost connection is reconnecting with the next attempt, once", async () => {
  const { smooch, elapse, next } = await fixture.open();
  const told: unknown[] = [];
  for (const event of ["connected", "disconnected", "reconnecting"] as const) smooch.on(event, () => told.push(event));
  await smooch.createConversation();
  const connected = next("connected");
  elapse(5000);
  await connected;
  fixture.server.fail("GET /conversations/*/messages", "unreachable", "unreachable");
  const disconnected = next("disconnected");
  elapse(5000);
  await disconnected;
  const failed = fixture.server.arrival("GET /conversations/*/messages");
  elapse(10_000);
  await failed;
  const again = next("connected");
  elapse(20_000);
  await again;
  expect(told).toEqual(["connected", "disconnected", "reconnecting", "connected"]);
});
