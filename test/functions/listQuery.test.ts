import { describe, expect, test } from "vitest";
import { newConversation, newIntegration, newUser } from "../support/business.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const base = `/v2/apps/${app.id}`;
const user = await newUser(app, { externalId: "jane+é&1" });
for (let made = 0; made < 3; made += 1)
  await newConversation(app, { type: "sdkGroup", participants: [{ userId: user.id, subscribeSDKClient: false }] });
for (const type of ["web", "ios", "custom"]) await newIntegration(app, { type });
const conversationId = await newConversation(app, {
  type: "personal",
  participants: [{ userId: user.id, subscribeSDKClient: false }],
});

interface Listed {
  readonly meta: { readonly afterCursor?: string };
  readonly links: { readonly next?: string; readonly prev?: string };
}
const json = (fields: Readonly<Record<string, unknown>>) =>
  Object.entries(fields)
    .map(([name, value]) => `${name}=${encodeURIComponent(JSON.stringify(value))}`)
    .join("&");

describe("page and filter as JSON", () => {
  test.each([
    ["integrations", "page[size]=1&filter[types]=web,ios", { page: { size: 1 }, filter: { types: "web,ios" } }],
    ["integrations", "page[size]=2", { page: { size: "2" } }],
    [`conversations`, `page[size]=2&filter[userId]=${user.id}`, { page: { size: 2 }, filter: { userId: user.id } }],
    [
      "conversations",
      `filter[userExternalId]=${encodeURIComponent("jane+é&1")}`,
      { filter: { userExternalId: "jane+é&1", userId: null } },
    ],
    [`conversations/${conversationId}/participants`, "page[size]=1", { page: { size: 1 } }],
    [`conversations/${conversationId}/messages`, "", { page: {} }],
    [`users/${user.id}/clients`, "page[size]=1", { page: { size: 1 } }],
    ["users", "filter[identities.email]=jane@example.org", { filter: { "identities.email": "jane@example.org" } }],
  ])("list %s as %s does", async (path, brackets, fields) => {
    const expected = await app.api.get<Listed>(`${base}/${path}?${brackets}`);
    expect(expected.status).toBe(200);
    expect(await app.api.get(`${base}/${path}?${json(fields)}`)).toMatchObject({ status: 200, body: expected.body });
  });

  test("lead from page to page, also where the other is in brackets", async () => {
    const first = await app.api.get<Listed>(
      `${base}/integrations?${json({ page: { size: 1 }, filter: { types: "web,ios" } })}`,
    );
    const next = first.body.links.next ?? "";
    expect(new URL(next).searchParams.get("page[size]")).toBe("1");
    const path = next.slice(server.url.length);
    const second = await app.api.get<Listed>(path);
    expect(second).toMatchObject({ status: 200, body: { integrations: [{ type: "ios" }], meta: { hasMore: false } } });
    const after = first.body.meta.afterCursor;
    const mixed = await app.api.get(
      `${base}/integrations?page[size]=1&${json({ page: { after }, filter: { types: "web,ios" } })}`,
    );
    expect(mixed.body).toMatchObject({ integrations: [{ type: "ios" }] });
    const before = await app.api.get<Listed>(`${base}/integrations?${json({ page: { before: after } })}`);
    expect(before.body.meta).toMatchObject({ hasMore: false });
  });

  test.each(["page", "filter"])("%s is refused where it is no object of single values", async (name) => {
    const wrong = [
      "{",
      '{"a":1',
      "nonsense",
      "[]",
      "1",
      "null",
      '"a"',
      '{"a":[1]}',
      '{"a":{"b":1}}',
      '{"a":"\\ud800"}',
    ];
    for (const value of wrong)
      for (const path of [`${base}/integrations`, "/v2/apps", `${base}/conversations`, `${base}/users`])
        expect(
          await server.account.get(`${path}?${name}=${encodeURIComponent(value)}`),
          `${path} ${value}`,
        ).toMatchObject({ status: 400, body: { errors: [{ code: "bad_request" }] } });
  });

  test.each([
    json({ page: { size: 101 } }),
    json({ page: { after: "x" } }),
    json({ page: { size: true } }),
    json({ filter: { types: "zebra" } }),
    `page[size]=1&${json({ page: { size: 2 } })}`,
    `${json({ page: { size: 1 } })}&${json({ page: { size: 1 } })}`,
  ])("are refused as in brackets, or where both forms say the same: %s", async (query) => {
    expect(await app.api.get(`${base}/integrations?${query}`)).toMatchObject({ status: 400 });
  });

  test("ask for nothing where they are empty", async () => {
    for (const query of ["page=&filter=", json({ page: {}, filter: {} })])
      expect(await app.api.get(`${base}/integrations?${query}`)).toMatchObject({ status: 200 });
  });

  test("are refused where the list does not have them, in either form: it would list what was to be left out", async () => {
    const asked = [
      "filter[type]=web",
      "page[limit]=1",
      json({ filter: { type: "web" } }),
      json({ page: { limit: 1 } }),
    ];
    for (const query of asked)
      expect(await app.api.get(`${base}/integrations?${query}`)).toMatchObject({ status: 400 });
    expect(await app.api.get(`${base}/integrations?colour=red`)).toMatchObject({ status: 200 });
  });
});
