import { describe, expect, test } from "vitest";
import { newGroup, newIntegration, newPersonal } from "../support/business.ts";
import { newDevice, newGuest } from "../support/newDevice.ts";
import { officialClient } from "../support/officialClient.ts";
import { newWebhook, startToldServer } from "../support/startToldServer.ts";
import { faultsOfEvent } from "../support/vendorEvent.ts";

/** Every type of content from the business on its whole way: the answer, the list, the SDK's form, the event. */

const { server, publish } = await startToldServer();
const app = await server.newApp();
await newWebhook(app, { triggers: ["conversation:message"] });
const client = officialClient(server.url, app.key);
const integrationId = await newIntegration(app);

const link = { type: "link", text: "Read", uri: "https://example.org/tea" };
const order = { type: "postback", text: "Order", payload: "TEA", metadata: { sku: 7 } };
const tea = {
  title: "Tea",
  description: "Green",
  mediaUrl: "https://example.org/tea.png",
  mediaType: "image/png",
  altText: "a cup",
  size: "compact",
  actions: [link, order],
  metadata: { shelf: 3 },
};
const buy = { type: "buy", text: "Buy", amount: 900, currency: "eur" };
const webview = { type: "webview", text: "Choose", uri: "https://example.org/w", fallback: "https://example.org/f" };
const coffee = { title: "Coffee", actions: [buy, webview] };
const itemsAsText = "Tea\nGreen\nRead https://example.org/tea\n\nCoffee\nBuy\nChoose https://example.org/f";
const colours = [
  { name: "r", label: "Red" },
  { name: "b", label: "Blue" },
];
const template = {
  name: "order_shipped",
  language: { code: "en", policy: "deterministic" },
  components: [{ type: "body", parameters: [{ type: "text", text: "Tea" }] }],
};

interface Way {
  readonly content: { readonly type: string };
  /** The rest of the request. */
  readonly fields?: object;
  /** What the content gains. */
  readonly gained?: object;
  /** The SDK's form, as far as it is another. */
  readonly wire: object;
}

const anyId = { _id: expect.any(String) };
const wireItems = [
  { ...anyId, ...tea, actions: [link, order].map((action) => ({ ...anyId, ...action })) },
  {
    ...anyId,
    ...coffee,
    actions: [
      { ...anyId, ...buy, uri: "", state: "offered" },
      { ...anyId, ...webview },
    ],
  },
];

const ways: readonly Way[] = [
  { content: { type: "text", text: "Hello" } as Way["content"], wire: {} },
  {
    content: { type: "text", htmlText: "<b>Hi</b>", blockChatInput: true } as Way["content"],
    gained: { text: "Hi" },
    wire: { text: "Hi" },
  },
  {
    content: {
      type: "image",
      mediaUrl: "https://example.org/cat.png",
      text: "Look",
      actions: [link],
      attachmentId: "65f0c3a1b2c3d4e5f6a7b8c9",
    } as Way["content"],
    gained: { altText: "cat.png" },
    wire: { actions: [{ ...anyId, ...link }] },
  },
  {
    content: {
      type: "file",
      mediaUrl: "https://example.org/a.pdf",
      altText: "FAQ",
      text: "Read",
      attachmentId: "a",
    } as Way["content"],
    wire: {},
  },
  {
    content: { type: "location", coordinates: { lat: 1, long: 2 }, location: { name: "Here" } } as Way["content"],
    gained: { text: "Location shared:\nhttps://maps.google.com/maps?q=1,2" },
    wire: { textFallback: "Location shared:\nhttps://maps.google.com/maps?q=1,2" },
  },
  {
    content: {
      type: "carousel",
      items: [tea, coffee],
      displaySettings: { imageAspectRatio: "square" },
    } as Way["content"],
    gained: { text: itemsAsText },
    wire: { items: wireItems, displaySettings: { imageAspectRatio: "square" }, textFallback: itemsAsText },
  },
  {
    content: { type: "list", items: [tea, coffee], actions: [link], blockChatInput: false } as Way["content"],
    wire: {
      type: "carousel",
      items: wireItems,
      actions: [{ ...anyId, ...link }],
      textFallback: `${itemsAsText}\n\nRead https://example.org/tea`,
    },
  },
  {
    content: {
      type: "form",
      text: "Who are you?",
      blockChatInput: true,
      fields: [
        { type: "text", name: "age", label: "Age", placeholder: "42", format: "integer", minSize: 1, maxSize: 3 },
        { type: "email", name: "mail", label: "E-mail" },
        { type: "select", name: "colour", label: "Colour", options: colours },
      ],
    } as Way["content"],
    gained: { submitted: false },
    wire: {
      fields: [
        {
          ...anyId,
          type: "text",
          name: "age",
          label: "Age",
          placeholder: "42",
          format: "integer",
          minSize: 1,
          maxSize: 3,
        },
        { ...anyId, type: "email", name: "mail", label: "E-mail" },
        {
          ...anyId,
          type: "select",
          name: "colour",
          label: "Colour",
          options: colours.map((one) => ({ ...anyId, ...one })),
        },
      ],
      submitted: false,
      textFallback: "Who are you?\nAge\nE-mail\nColour",
    },
  },
  {
    content: { type: "template", template } as Way["content"],
    fields: { schema: "whatsapp" },
    wire: { textFallback: "order_shipped\nTea" },
  },
];

/** The `_id`s in a value, at any depth. */
const idsIn = (value: unknown): readonly string[] =>
  typeof value !== "object" || value === null
    ? []
    : Object.entries(value).flatMap(([name, part]) => (name === "_id" ? [String(part)] : idsIn(part)));

describe("a message of the business", () => {
  test.each(ways)("of type $content.type goes its whole way: $content", async ({ content, fields, gained, wire }) => {
    const person = await newGuest(newDevice(server, app, integrationId));
    await publish();
    const kept = { ...content, ...gained };
    const body = { author: { type: "business" }, content, metadata: { campaign: "spring" }, ...fields };
    const posted = await client<{ messages: readonly object[] }>(
      "MessagesApi.postMessage",
      app.id,
      person.conversationId,
      body,
    );
    expect(posted).toMatchObject({ messages: [{ content: { type: content.type }, metadata: { campaign: "spring" } }] });
    expect(await app.api.get(`/v2/apps/${app.id}/conversations/${person.conversationId}/messages`)).toMatchObject({
      body: { messages: [{ content: kept }] },
    });

    const seen = await person.get<{ messages: [object] }>(`/conversations/${person.conversationId}/messages`);
    const [message] = seen.body.messages;
    expect(message).toMatchObject({ role: "appMaker", ...content, ...wire });
    expect(new Set(idsIn(message)).size).toBe(idsIn(message).length);

    const events = (await publish()).map(({ event }) => event);
    expect(events).toMatchObject([{ type: "conversation:message", payload: { message: { content: kept } } }]);
    expect(events.flatMap(faultsOfEvent)).toEqual([]);
  });

  test("shows nothing of where it is to be delivered, and nothing of what is sent instead", async () => {
    const { conversationId } = await newPersonal(app);
    const answer = await app.api.post<{ messages: [object] }>(
      `/v2/apps/${app.id}/conversations/${conversationId}/messages`,
      {
        author: { type: "business" },
        content: { type: "text", text: "Hi" },
        destination: { integrationType: "none" },
        override: { whatsapp: { payload: { type: "sticker" } }, line: { payload: {} } },
      },
    );
    expect(answer.status).toBe(201);
    for (const name of ["destination", "override", "sending"]) expect(answer.body.messages[0]).not.toHaveProperty(name);
  });
});

describe("a message of a user through the API", () => {
  test.each(ways.filter(({ content }) => ["text", "image", "file", "location"].includes(content.type)))(
    "of type $content.type is kept as that of the business: $content",
    async ({ content, gained }) => {
      const { user, conversationId } = await newPersonal(app);
      const body = { author: { type: "user", userId: user.id }, content };
      const path = `/v2/apps/${app.id}/conversations/${conversationId}/messages`;
      expect(await app.api.post(path, body)).toMatchObject({
        status: 201,
        body: { messages: [{ author: { userId: user.id }, content: { ...content, ...gained } }] },
      });
    },
  );

  test.each(ways.filter(({ content }) => ["carousel", "form", "list", "template"].includes(content.type)))(
    "of type $content.type is refused, since the business alone has it",
    async ({ content, fields }) => {
      const { user, conversationId } = await newPersonal(app);
      const body = { author: { type: "user", userId: user.id }, content, ...fields };
      expect(await app.api.post(`/v2/apps/${app.id}/conversations/${conversationId}/messages`, body)).toMatchObject({
        status: 400,
        body: {
          errors: [
            {
              title:
                'content.type of a user should be equal to one of the allowed values ("text" | "image" | "file" | "location")',
            },
          ],
        },
      });
    },
  );
});

describe("the destination of a message", () => {
  const text = { author: { type: "business" }, content: { type: "text", text: "Hi" } };
  const post = (conversationId: string, destination: object, fields: object = {}) =>
    app.api.post(`/v2/apps/${app.id}/conversations/${conversationId}/messages`, { ...text, destination, ...fields });
  const missing = { status: 404, body: { errors: [{ code: "client_not_found" }] } };

  test("is an integration, or a type, where the user of the conversation has a client", async () => {
    const person = await newGuest(newDevice(server, app, integrationId));
    expect(await post(person.conversationId, { integrationId })).toMatchObject({ status: 201 });
    expect(await post(person.conversationId, { integrationType: "web" })).toMatchObject({ status: 201 });
    expect(await post(person.conversationId, { integrationId: await newIntegration(app) })).toMatchObject(missing);
    expect(await post(person.conversationId, { integrationType: "whatsapp" })).toMatchObject(missing);
    expect(await post((await newPersonal(app)).conversationId, { integrationId })).toMatchObject(missing);
  });

  test("is given for a personal conversation alone", async () => {
    const { conversationId } = await newGroup(app, 2);
    expect(await post(conversationId, { integrationType: "none" })).toMatchObject({
      status: 400,
      body: { errors: [{ title: "destination should NOT be given for a message to a group" }] },
    });
  });

  test("is not a user's to choose", async () => {
    const { user, conversationId } = await newPersonal(app);
    const author = { type: "user", userId: user.id };
    expect(await post(conversationId, { integrationType: "none" }, { author })).toMatchObject({
      status: 400,
      body: {
        errors: [{ title: "author.type should be \"business\" for a message with 'destination' or 'override'" }],
      },
    });
  });
});
