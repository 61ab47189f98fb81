import { describe, expect, test } from "vitest";
import { newConversation, newUser } from "../support/business.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const base = `/v2/apps/${app.id}/conversations`;

describe("listConversations", () => {
  test("pages hold every conversation of a user once, both ways, the default one first", async () => {
    const user = await newUser(app);
    const made: string[] = [];
    for (let index = 0; index < 7; index++)
      made.push(await newConversation(app, { type: "personal", participants: [{ userId: user.id }] }));
    interface Listing {
      conversations: { id: string }[];
      meta: { hasMore: boolean; afterCursor?: string; beforeCursor?: string };
      links: { next?: string };
    }
    const forward: string[] = [];
    let url: string | undefined = `${base}?filter[userId]=${user.id}&page[size]=3`;
    let last: Listing | undefined;
    while (url) {
      const page: { body: Listing } = await app.api.get<Listing>(url.replace(server.url, ""));
      forward.push(...page.body.conversations.map((one) => one.id));
      last = page.body;
      url = page.body.links.next;
    }
    expect(forward).toEqual(made);
    const backward: string[] = [];
    let before = last?.conversations[0]?.id;
    while (before) {
      const page: { body: Listing } = await app.api.get<Listing>(
        `${base}?filter[userExternalId]=${user.externalId}&page[size]=3&page[before]=${before}`,
      );
      backward.unshift(...page.body.conversations.map((one) => one.id));
      before = page.body.meta.beforeCursor;
    }
    expect([...backward, forward[6]]).toEqual(made);
  });

  test("a user without conversations has an empty list, an unknown one is not found", async () => {
    const user = await newUser(app);
    expect(await app.api.get(`${base}?filter[userId]=${user.id}`)).toMatchObject({
      status: 200,
      body: { conversations: [], meta: { hasMore: false } },
    });
    expect(await app.api.get(`${base}?filter[userId]=${"0".repeat(24)}`)).toMatchObject({
      status: 404,
      body: { errors: [{ code: "user_not_found" }] },
    });
  });

  test.each([
    "",
    "?filter[userId]=a&filter[userExternalId]=b",
    `?filter[userId]=${"a".repeat(24)}&page[size]=0`,
    "?filter[userId]=a&page[after]=x",
  ])("the query %j is refused", async (query) => {
    expect(await app.api.get(base + query)).toMatchObject({ status: 400, body: { errors: [{ code: "bad_request" }] } });
  });
});
