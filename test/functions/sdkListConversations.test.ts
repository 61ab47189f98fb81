import { describe, expect, test } from "vitest";
import { newMultiApp } from "../support/business.ts";
import { newDevice } from "../support/newDevice.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();

describe("sdkListConversations", () => {
  test("lists a person's conversations, ten at a time, the default first", async () => {
    const { app, integrationId } = await newMultiApp(server);
    const browser = newDevice(server, app, integrationId);
    const session = await browser.begin();
    for (let i = 0; i < 11; i++)
      await browser.call("POST", `/appusers/${session.appUserId}/conversations`, {
        body: { client: browser.client, displayName: `number ${i}` },
        as: session,
      });
    const page = (offset: string) =>
      browser.call("GET", `/appusers/${session.appUserId}/conversations${offset}`, { as: session });
    const [first, second, beyond] = [await page(""), await page("?offset=10"), await page("?offset=20")];
    expect(first).toMatchObject({
      status: 200,
      body: {
        appUser: { _id: session.appUserId },
        conversationsPagination: { hasMore: true },
        settings: { realtime: {} },
      },
    });
    expect(second.body).toMatchObject({ conversationsPagination: { hasMore: false } });
    expect([first, second, beyond].map((reply) => reply.body.conversations.length)).toEqual([10, 2, 0]);
    expect(first.body.conversations[0]).toMatchObject({ _id: session.conversationId, isDefault: true });
    const ids = [first, second].flatMap((reply) => reply.body.conversations.map((one) => one._id));
    expect(new Set(ids).size).toBe(12);
  });

  test.each(["-1", "1.5", "x", "999999999", "1e3"])("the offset %s is refused", async (offset) => {
    const { app, integrationId } = await newMultiApp(server);
    const browser = newDevice(server, app, integrationId);
    const session = await browser.begin();
    const path = `/appusers/${session.appUserId}/conversations?offset=${offset}`;
    expect(await browser.call("GET", path, { as: session })).toMatchObject({
      status: 400,
      body: { error: { code: "bad_request" } },
    });
  });
});
