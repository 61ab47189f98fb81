import { expect, test } from "vitest";
import { newGroup } from "../support/business.ts";
import { formOf, png } from "../support/startFiledServer.ts";
import { startProxiedServer } from "../support/startProxiedServer.ts";

const { proxy, server } = await startProxiedServer();
const app = await server.newApp();

/** Deletes a conversation when an upload has seen it, and before it records anything. */
async function duringUpload(conversationId: string, upload: () => Promise<{ readonly status: number }>) {
  let isDeleted = false;
  const lift = proxy.faultBy(async ({ action, body }) => {
    if (isDeleted || action !== "TransactWriteItems" || !body.includes("attachment#")) return undefined;
    isDeleted = true;
    await app.api.delete(`/v2/apps/${app.id}/conversations/${conversationId}`);
    return undefined;
  });
  const answer = await upload();
  lift();
  expect(isDeleted).toBe(true);
  return answer;
}

test.each([
  ["uploadAttachment", "attachments", formOf({ name: "source", fileName: "a.png", type: "image/png", content: png })],
  ["createAttachmentUpload", "attachments/uploads", { body: { name: "a.png", mediaType: "image/png" }, headers: {} }],
])("%s finds no conversation that was deleted meanwhile, and leaves nothing", async (_, path, { body, headers }) => {
  const { conversationId } = await newGroup(app, 2);
  const query = `access=public&for=message&conversationId=${conversationId}`;
  const answer = await duringUpload(conversationId, () =>
    app.api.post(`/v2/apps/${app.id}/${path}?${query}`, body, headers),
  );
  expect(answer).toMatchObject({ status: 404, body: { errors: [{ code: "conversation_not_found" }] } });
  expect(proxy.calls.slice(-2)).toEqual(["DeleteItem", "DeleteItem"]);
});
