import { beforeEach, describe, expect, test } from "vitest";
import { findWebhooks } from "../../lib/apps/webhooks.ts";
import { openDb } from "../../lib/db/db.ts";
import { newWebhook } from "../support/business.ts";
import type { Credentials } from "../support/caller.ts";
import { brokenInvariants } from "../support/invariants.ts";
import type { ConversationResponse, Guest } from "../support/newDevice.ts";
import { newStage, type Stage } from "../support/stage.ts";
import { startProxiedServer } from "../support/startProxiedServer.ts";
import { unique } from "../support/unique.ts";

let stage: Stage;
const { proxy, server } = await startProxiedServer();
beforeEach(async () => {
  stage = await newStage(server);
});

/** Holds the first transaction about the stage that speaks of something back until something else has been done. */
function beforeItsTransaction(act: () => Promise<unknown>, of = stage.app.id): void {
  let held = false;
  const lift = proxy.faultBy(async ({ action, body }) => {
    if (held || action !== "TransactWriteItems" || !body.includes(stage.app.id) || !body.includes(of)) return undefined;
    held = true;
    await act();
    lift();
    return undefined;
  });
}

describe("what happens between the reading and the writing of", () => {
  test("deleteConversation: who joins meanwhile is in nothing that does not exist", async () => {
    const [one, two, late] = await Promise.all([stage.user(), stage.user(), stage.born()]);
    const path = `${stage.rest}/conversations/${await stage.conversation(one.id, two.id)}`;
    beforeItsTransaction(() =>
      stage.app.api.post(`${path}/join`, { userId: late.appUserId, subscribeSDKClient: true }),
    );
    expect(await stage.app.api.delete(path)).toMatchObject({ status: 200 });
    expect(await stage.login(unique("person"), late)).toMatchObject({
      status: 200,
      body: { appUser: { _id: late.appUserId } },
    });
    expect(await brokenInvariants(server.tableName)).toEqual([]);
  });

  test("deleteConversation: the request that made it, sent again meanwhile, makes no other", async () => {
    stage = await newStage(server, { multiConvoEnabled: true });
    const guest = await stage.born();
    const start = () =>
      guest.post<ConversationResponse>(
        `/appusers/${guest.appUserId}/conversations`,
        { client: guest.client },
        { "idempotency-key": "once" },
      );
    const { body } = await start();
    const id = body.conversation._id;
    await stage.say(id, "words");
    const again: number[] = [];
    // Nobody finds the conversation any more, and its messages are about to be deleted.
    const lift = proxy.faultBy(async ({ action, body }) => {
      if (again.length > 0 || action !== "Query" || !body.includes(id)) return undefined;
      again.push(0, (await start()).status);
      return undefined;
    });
    expect(await stage.app.api.delete(`${stage.rest}/conversations/${id}`)).toMatchObject({ status: 200 });
    lift();
    expect(again).toEqual([0, 404]);
    expect(await brokenInvariants(server.tableName)).toEqual([]);
  });

  test("the end of a merge: a message that is deleted meanwhile stays so", async () => {
    const [user, guest] = await Promise.all([stage.user(), stage.born("two")]);
    const conversation = await stage.conversation(user.id);
    const path = `${stage.rest}/conversations/${conversation}`;
    beforeItsTransaction(async () => {
      const { body } = await stage.app.api.get<{ messages: [{ id: string }] }>(`${path}/messages`);
      await stage.app.api.delete(`${path}/messages/${body.messages[0].id}`);
    }, "message#");
    await stage.login(user.externalId, guest);
    expect(await stage.texts(conversation)).toEqual([]);
    expect(await brokenInvariants(server.tableName)).toEqual([]);
  });

  test("deleteIntegration: a key that is made meanwhile ends with it", async () => {
    const path = `${stage.rest}/integrations/${(await stage.custom()).id}`;
    let key: Credentials | undefined;
    beforeItsTransaction(async () => {
      const made = await stage.app.api.post<{ key: Credentials }>(`${path}/keys`, { displayName: "late" });
      key = made.body.key;
    });
    expect(await stage.app.api.delete(path)).toMatchObject({ status: 200 });
    expect(await server.as(key).post(`${stage.rest}/users`, { externalId: "nobody" })).toMatchObject({ status: 401 });
    expect(await brokenInvariants(server.tableName)).toEqual([]);
  });

  test.each(["deleteIntegration", "deleteApp"])(
    "%s: a webhook that is made meanwhile ends with it",
    async (operation) => {
      const { app, rest } = stage;
      const { id } = await stage.custom();
      const path = `${rest}/integrations/${id}`;
      let made: string | undefined;
      beforeItsTransaction(async () => {
        made = (await newWebhook(app, id)).id;
      });
      const deleted = operation === "deleteApp" ? server.account.delete(rest) : app.api.delete(path);
      expect(await deleted).toMatchObject({ status: 200 });
      expect(made).toBeDefined();
      const db = openDb(server.tableName, server.endpoint);
      const hearing = await findWebhooks({ db }, [app.id]);
      // What happened before an app's deletion is still told.
      expect(hearing.get(app.id)?.webhooks.map((webhook) => webhook.id)).toEqual(
        operation === "deleteApp" ? [made] : undefined,
      );
      expect(await brokenInvariants(server.tableName)).toEqual([]);
    },
  );

  test.each(["integration", "app"])(
    "createWebhook: no webhook is made of an %s that is deleted meanwhile",
    async (of) => {
      const { app, rest } = stage;
      const { id } = await stage.custom();
      const path = `${rest}/integrations/${id}`;
      beforeItsTransaction(() => (of === "app" ? server.account.delete(rest) : app.api.delete(path)));
      const body = { target: "https://example.org/events", triggers: ["user:remove"] };
      expect(await app.api.post(`${path}/webhooks`, body)).toMatchObject({ status: 404 });
      expect((await findWebhooks({ db: openDb(server.tableName, server.endpoint) }, [app.id])).size).toBe(0);
      expect(await brokenInvariants(server.tableName)).toEqual([]);
    },
  );

  test("createWebhook: of two that want the tenth place at once one is told that there is none", async () => {
    const { app, rest } = stage;
    const { id } = await stage.custom();
    const path = `${rest}/integrations/${id}/webhooks`;
    for (let count = 0; count < 9; count++) await newWebhook(app, id);
    beforeItsTransaction(() => newWebhook(app, id));
    const body = { target: "https://example.org/events", triggers: ["user:remove"] };
    expect(await app.api.post(path, body)).toMatchObject({
      status: 400,
      body: { errors: [{ title: "An app is limited to 10 webhooks" }] },
    });
    expect((await app.api.get<{ webhooks: unknown[] }>(path)).body.webhooks).toHaveLength(10);
  });

  test("deleteAllMessages: what is said meanwhile is counted, whether it is deleted or not", async () => {
    const { id } = await stage.user();
    const conversation = await stage.conversation(id);
    await stage.say(conversation, "one");
    beforeItsTransaction(() => stage.say(conversation, "two"));
    expect(await stage.app.api.delete(`${stage.rest}/conversations/${conversation}/messages`)).toMatchObject({
      status: 200,
    });
    expect(await brokenInvariants(server.tableName)).toEqual([]);
  });

  const asked = {
    "a change of the profile": (guest: Guest) => guest.put(`/appusers/${guest.appUserId}`, { givenName: "Ann" }),
    "a further conversation": (guest: Guest) =>
      guest.post(`/appusers/${guest.appUserId}/conversations`, { client: guest.client }),
  };

  test.each(Object.entries(asked))(
    "%s: who is merged meanwhile is told that the session is over, not that there is no such user",
    async (_, ask) => {
      stage = await newStage(server, { multiConvoEnabled: true });
      const [known, guest] = await Promise.all([stage.user(), stage.born()]);
      let held = false;
      const lift = proxy.faultBy(async ({ action, body }) => {
        const writes = action === "PutItem" || action === "TransactWriteItems";
        if (held || !writes || !body.includes(guest.appUserId)) return undefined;
        held = true;
        expect(await stage.login(known.externalId, guest)).toMatchObject({ body: { appUser: { _id: known.id } } });
        lift();
        return undefined;
      });
      expect(await ask(guest)).toMatchObject({ status: 401, body: { error: { code: "invalid_auth" } } });
      expect(await brokenInvariants(server.tableName)).toEqual([]);
    },
  );
});
