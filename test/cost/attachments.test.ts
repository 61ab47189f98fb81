import { describe, expect, test } from "vitest";
import { newPersonal } from "../support/business.ts";
import { pathOf, upload } from "../support/startFiledServer.ts";
import { startProxiedServer } from "../support/startProxiedServer.ts";

const { proxy, server } = await startProxiedServer();
const app = await server.newApp();

/** What a call costs once app and key are remembered. */
async function costOf<Answer>(call: () => Promise<Answer>) {
  await app.api.get(`/v2/apps/${app.id}/users/nobody`);
  proxy.reset();
  const answer = await call();
  return { answer, calls: [...proxy.calls], write: proxy.units.write };
}

describe("the cost of", () => {
  test("an upload is two calls, and four for a conversation's; a public file is one read", async () => {
    const { answer, ...alone } = await costOf(() => upload(app, "access=public&for=message"));
    expect(alone).toEqual({ calls: ["PutItem", "GetItem"], write: 1 });
    const { conversationId } = await newPersonal(app);
    const query = `access=public&for=message&conversationId=${conversationId}`;
    const of = await costOf(() => upload(app, query));
    expect(of).toMatchObject({ calls: ["GetItem", "TransactWriteItems", "GetItem", "GetItem"], write: 4 });
    const path = pathOf(answer.body.attachment.mediaUrl);
    await server.as().get(path);
    expect(await costOf(() => server.as().get(path))).toMatchObject({ calls: ["GetItem"], write: 0 });
    const remove = (mediaUrl: string) => app.api.post(`/v2/apps/${app.id}/attachments/remove`, { mediaUrl });
    const { attachment } = answer.body;
    expect(await costOf(() => remove(attachment.mediaUrl))).toMatchObject({
      calls: ["GetItem", "DeleteItem"],
      write: 1,
    });
    expect(await costOf(() => remove(of.answer.body.attachment.mediaUrl))).toMatchObject({
      calls: ["GetItem", "DeleteItem", "DeleteItem"],
      write: 2,
    });
  });
});
