import { describe, expect, test } from "vitest";
import { newIntegration } from "../support/business.ts";
import { type ConversationResponse, newDevice } from "../support/newDevice.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const browser = newDevice(server, app, await newIntegration(app));
const session = await browser.begin();

type Page = Omit<ConversationResponse, "messages"> & {
  readonly hasPrevious: boolean;
  readonly messages: readonly { readonly text: string; readonly received: number }[];
};
const list = (query = "") =>
  browser.call<Page>("GET", `/conversations/${session.conversationId}/messages${query}`, { as: session });

describe("sdkListMessages", () => {
  test("lists what was said in its order, a hundred at a time, further back with `before`", async () => {
    for (let i = 0; i < 103; i++) await browser.say(session.conversationId, `number ${i}`, session);
    const latest = await list();
    expect(latest).toMatchObject({
      status: 200,
      body: { conversation: { _id: session.conversationId }, hasPrevious: true },
    });
    expect(latest.body.messages.map((one) => one.text)).toEqual(
      Array.from({ length: 100 }, (_, i) => `number ${i + 3}`),
    );
    const before = await list(`?before=${latest.body.messages[0]?.received}`);
    expect(before.body).toMatchObject({ hasPrevious: false });
    expect(before.body.messages.map((one) => one.text).at(0)).toBe("number 0");
    const after = await list(`?after=${before.body.messages.at(-1)?.received}`);
    expect(after.body.messages.at(-1)?.text).toBe("number 102");
  });

  test.each(["?before=", "?after="])("an empty %s is none", async (query) => {
    expect(await list(query)).toMatchObject({ status: 200 });
  });

  test.each(["?before=x", "?before=1e300", "?after=NaN", "?after=Infinity"])("%s is refused", async (query) => {
    expect(await list(query)).toMatchObject({ status: 400, body: { error: { code: "bad_request" } } });
  });
});
