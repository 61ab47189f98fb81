import { describe, expect, test } from "vitest";
import { newStage } from "../support/stage.ts";
import { startTestServer } from "../support/startTestServer.ts";
import { unique } from "../support/unique.ts";

const server = await startTestServer();
const stage = await newStage(server);

describe("as much as anybody may say is kept within what an item holds", () => {
  test.each([
    ["\u0001", "control characters"],
    ["\u{1f98a}", "characters of four bytes"],
    ['"', "what JSON escapes"],
  ])("%j on each of a user's devices (%s)", async (character) => {
    const { externalId } = await stage.user({ metadata: { a: "x".repeat(4_000) } });
    for (let device = 0; device < 22; device++) {
      const guid = unique(character.repeat(50));
      const info = Object.fromEntries(
        Array.from({ length: 20 }, (_, index) => [`name${index}`, character.repeat(512)]),
      );
      const client = {
        ...(await stage.device({ clientId: guid, info })).client,
        appVersion: character.repeat(200),
        pushNotificationToken: character.repeat(4_000),
      };
      const reply = await stage.anybody.post(
        `${stage.sdk}/login`,
        { userId: externalId, client },
        { authorization: stage.bearer(externalId) },
      );
      expect(reply).toMatchObject({ status: 200 });
      expect(JSON.stringify(reply.body).isWellFormed() && !/\\ud[89a-f]/.test(reply.text)).toBe(true);
    }
  });

  test("an externalId of the longest that may be created can sign in, and no longer one", async () => {
    const externalId = "\u{1f98a}".repeat(1_024);
    const { body } = await stage.app.api.post<{ user: { id: string } }>(`${stage.rest}/users`, { externalId });
    expect(await stage.login(externalId)).toMatchObject({ status: 200, body: { appUser: { _id: body.user.id } } });
    expect(await stage.login(`${externalId}x`)).toMatchObject({ status: 401 });
  });
});
