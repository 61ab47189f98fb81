import { describe, expect, test } from "vitest";
import { newIntegration, newPersonal } from "../support/business.ts";
import { newDevice, newGuest } from "../support/newDevice.ts";
import { officialClient } from "../support/officialClient.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const base = `/v2/apps/${app.id}/conversations`;

/** The business posts a content; the answer, and what is listed afterwards. */
async function post(content: object, author: object = { type: "business" }) {
  const { conversationId } = await newPersonal(app);
  const path = `${base}/${conversationId}/messages`;
  const posted = await app.api.post<{ messages: [{ content: object }] }>(path, { author, content });
  const listed = await app.api.get<{ messages: readonly { content: object }[] }>(path);
  return { posted, listed: listed.body.messages.map((message) => message.content) };
}

const refused = (title: string) => ({ status: 400, body: { errors: [{ code: "bad_request", title }] } });

const text = { type: "text", text: "What next?" };
const image = { type: "image", mediaUrl: "https://example.org/cat.png", altText: "a cat" };

/** A button of each kind, with all that its kind may have. */
const buttons: readonly ({ readonly type: string } & Readonly<Record<string, unknown>>)[] = [
  { type: "buy", text: "Buy vinegar", amount: 8000, currency: "cad", metadata: { sku: 7 } },
  {
    type: "link",
    text: "Read",
    uri: "https://example.org/article",
    default: true,
    metadata: { id: "a" },
    extraChannelOptions: { messenger: { messenger_extensions: false, webview_share_button: "hide" } },
  },
  { type: "locationRequest", text: "Where are you?", metadata: { asked: true } },
  { type: "postback", text: "Order", payload: "ORDER", metadata: { sku: 7 } },
  { type: "reply", text: "Yes", payload: "YES", iconUrl: "https://example.org/yes.png", metadata: { vote: 1 } },
  {
    type: "webview",
    text: "Choose",
    uri: "https://example.org/form",
    fallback: "https://example.org/page",
    size: "tall",
    openOnReceive: true,
    default: false,
    metadata: { step: 2 },
    extraChannelOptions: { messenger: {} },
  },
];

describe("the buttons of a message", () => {
  test.each([text, image])("of type $type are answered and listed as they were given", async (content) => {
    const { posted, listed } = await post({ ...content, actions: buttons });
    expect(posted).toMatchObject({ status: 201, body: { messages: [{ content: { ...content, actions: buttons } }] } });
    expect(listed).toEqual([{ ...content, actions: buttons }]);
  });

  test("may be all that a text message has", async () => {
    const content = { type: "text", actions: [{ type: "reply", text: "Yes", payload: "YES" }] };
    expect((await post(content)).listed).toEqual([content]);
  });

  test.each([
    "mailto:jane@example.org",
    "tel:+15145550123",
    "shop-app://orders/7?from=chat",
    "geo:45.5,-73.5",
    "intent:#Intent;scheme=shop;end",
    "/orders/7",
    "www.example.org",
    "javascript/tips.html",
    "https://example.org/?next=javascript:alert(1)",
    `https://example.org/${"x".repeat(2048 - 20)}`,
  ])("may lead to %s", async (uri) => {
    const actions = [
      { type: "link", text: "Reach us", uri },
      { type: "webview", text: "Reach us", uri, fallback: uri },
    ];
    expect((await post({ ...text, actions })).listed).toEqual([{ ...text, actions }]);
  });

  test("have no more fields than their kind", async () => {
    const reply = { type: "reply", text: "Yes", payload: "YES" };
    const { listed } = await post({ ...text, actions: [{ ...reply, uri: "https://example.org", unknown: 1 }] });
    expect(listed).toEqual([{ ...text, actions: [reply] }]);
  });

  test.each([
    { type: "file", mediaUrl: "https://example.org/FAQ.pdf", altText: "FAQ" },
    { type: "location", coordinates: { lat: 45.5, long: -73.6 } },
  ])("are refused of a message that shows none: %j", async (content) => {
    const { posted, listed } = await post({ ...content, actions: [buttons[0]] });
    expect(posted).toMatchObject({ status: 400 });
    expect(JSON.stringify(posted)).toContain(".actions should NOT have more than 0 items");
    expect(listed).toEqual([]);
    expect((await post({ ...content, actions: [] })).posted).toMatchObject({ status: 201 });
  });

  test.each<readonly [object, string]>([
    ...buttons.map(({ text: _, ...action }) => [action, " should have required property 'text'"] as const),
    [{ type: "buy", text: "Buy" }, " should have required property 'amount'"],
    [{ type: "buy", text: "Buy", amount: 9.99 }, ".amount should be integer"],
    [{ type: "link", text: "Go" }, " should have required property 'uri'"],
    [{ type: "postback", text: "Go" }, " should have required property 'payload'"],
    [{ type: "reply", text: "Go" }, " should have required property 'payload'"],
    [{ type: "webview", text: "Go", uri: "https://a.example" }, " should have required property 'fallback'"],
    [{ type: "webview", text: "Go", fallback: "https://a.example" }, " should have required property 'uri'"],
    [
      { ...buttons[5], size: "huge" },
      '.size should be equal to one of the allowed values ("compact" | "tall" | "full")',
    ],
    [{ text: "Go" }, " should have required property 'type'"],
    [
      { type: "share", text: "Go" },
      '.type should be equal to one of the allowed values ("buy" | "link" | "locationRequest" | "postback" | "reply" | "webview")',
    ],
  ])("are refused where one is %j", async (action, title) => {
    const { posted, listed } = await post({ ...text, actions: [action] });
    expect(posted).toMatchObject(refused(`content.actions.0${title}`));
    expect(listed).toEqual([]);
  });

  test.each([
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    " \t\u0000javascript:alert(1)",
    "\u00a0\ufeffjavascript:alert(1)",
    "java\nscript:alert(1)",
    "javascript\r\n:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "VBScript:MsgBox",
    "blob:https://example.org/1",
  ])("are refused where one would run script: %j", async (uri) => {
    const { posted } = await post({
      ...image,
      actions: [
        { type: "link", text: "Go", uri },
        { type: "webview", text: "Go", uri, fallback: "https://example.org" },
        { type: "webview", text: "Go", uri: "https://example.org", fallback: uri },
      ],
    });
    expect(posted.status).toBe(400);
    expect(
      (posted.body as unknown as { errors: readonly { title: string }[] }).errors.map(({ title }) => title),
    ).toEqual(
      ["0.uri", "1.uri", "2.fallback"].map(
        (path) => `content.actions.${path} should not be an address that can run script`,
      ),
    );
  });

  test("have icons of the web alone", async () => {
    const reply = { type: "reply", text: "Go", payload: "", iconUrl: "data:image/png,x" };
    const { posted } = await post({ ...image, actions: [reply] });
    expect(posted).toMatchObject(refused('content.actions.0.iconUrl should match format "uri"'));
  });

  test("are refused where two would open by themselves, and where their metadata is too much", async () => {
    const { posted } = await post({ ...text, actions: [buttons[5], buttons[5]] });
    expect(posted).toMatchObject(refused("content.actions should have 'openOnReceive' in one item at most"));
    const metadata = { a: "x".repeat(4096) };
    expect((await post({ ...text, actions: [{ ...buttons[3], metadata }] })).posted).toMatchObject(
      refused("Action metadata is limited to 4096 bytes in size."),
    );
  });

  test.each([{}, { actions: [] }])("are needed where a text message has no text: %j", async (said) => {
    expect((await post({ type: "text", ...said })).posted).toMatchObject(
      refused("content should have required property 'text', unless it has 'actions', 'htmlText' or 'markdownText'"),
    );
  });

  test("reach the SDK under the names of its wire, each with an id of its own", async () => {
    const person = await newGuest(newDevice(server, app, await newIntegration(app)));
    const path = `${base}/${person.conversationId}/messages`;
    await app.api.post(path, {
      author: { type: "business", subtypes: ["AI"] },
      content: { ...text, actions: buttons },
    });
    const { body } = await person.get<{ messages: [{ actions: { _id: string; type: string }[] }] }>(
      `/conversations/${person.conversationId}`,
    );
    const [{ actions }] = body.messages;
    expect(body).toMatchObject({ messages: [{ ...text, subroles: ["AI"] }] });
    expect(actions).toEqual(
      buttons.map((button) => ({
        _id: expect.any(String),
        ...button,
        ...(button.type === "buy" && { uri: "", state: "offered" }),
      })),
    );
    expect(new Set(actions.map((action) => action._id)).size).toBe(buttons.length);
  });

  test("come through the official client", async () => {
    const client = officialClient(server.url, app.key);
    const { conversationId } = await newPersonal(app);
    const body = { author: { type: "business" }, content: { ...text, actions: buttons } };
    // Its model of a button that it reads has no icon.
    const answer = {
      messages: [{ content: { ...text, actions: buttons.map(({ iconUrl: _, ...button }) => button) } }],
    };
    expect(await client("MessagesApi.postMessage", app.id, conversationId, body)).toMatchObject(answer);
    expect(await client("MessagesApi.listMessages", app.id, conversationId)).toMatchObject(answer);
  });
});

describe("the rich text of a message", () => {
  test.each([
    [{ htmlText: "<h1>Hello</h1><p>How <b>are</b> you?</p>" }, { text: "Hello\nHow are you?" }],
    [{ htmlText: "<b>4111 1111</b> 1111 1111" }, { text: "**** **** **** 1111" }],
    [{ markdownText: "# Hello!" }, { htmlText: "<h1>Hello!</h1>", text: "Hello!" }],
    [
      { markdownText: "_Hi_", text: "plain" },
      { htmlText: "<p><em>Hi</em></p>", text: "plain" },
    ],
    // What programs send that want to be read everywhere: the same twice.
    [
      { markdownText: "**Hi**, [shop](https://a.example)", text: "**Hi**, [shop](https://a.example)\n" },
      { htmlText: expect.stringContaining("<strong>Hi</strong>"), text: "Hi, shop (https://a.example)" },
    ],
    [{ markdownText: "**Hi**", text: "*Hi*" }, { text: "Hi" }],
    [
      { markdownText: "***", text: "***" },
      { htmlText: "<hr>", text: "***" },
    ],
    [{ markdownText: "4111 1111 1111 1111" }, { htmlText: "<p>**** **** **** 1111</p>" }],
  ])("%j is answered as %j", async (given, kept) => {
    const { posted, listed } = await post({ type: "text", ...given });
    expect(posted).toMatchObject({ status: 201, body: { messages: [{ content: kept }] } });
    expect(listed).toMatchObject([kept]);
  });

  test.each([text, image, { type: "file", mediaUrl: "https://example.org/FAQ.pdf" }])(
    "in Markdown is nowhere answered, in a message of type $type: its HTML is",
    async (content) => {
      const { posted, listed } = await post({ ...content, markdownText: "**Hi**" });
      for (const answered of [posted.body.messages[0].content, ...listed]) {
        expect(answered).toMatchObject({ ...content, htmlText: "<p><strong>Hi</strong></p>" });
        expect(answered).not.toHaveProperty("markdownText");
      }
    },
  );

  test("in Markdown brings no HTML and no script of its own", async () => {
    const markdownText = "<img src=x onerror=alert(1)> [x](javascript:alert(1))";
    const htmlText = "<p>&lt;img src=x onerror=alert(1)&gt; x</p>";
    expect((await post({ type: "text", markdownText })).listed).toMatchObject([{ htmlText }]);
  });

  test.each([">".repeat(2000), "<".repeat(1500), ">".repeat(4096)])(
    "in Markdown is refused when its HTML is longer than 4096 characters",
    async (markdownText) => {
      expect((await post({ type: "text", markdownText })).posted).toMatchObject(
        refused("content.markdownText should NOT be longer than 4096 characters as HTML"),
      );
    },
  );

  test("is HTML or Markdown, not both", async () => {
    expect((await post({ type: "text", htmlText: "<b>a</b>", markdownText: "*a*" })).posted).toMatchObject(
      refused("content should not have both 'htmlText' and 'markdownText'"),
    );
  });
});

describe("what is read in a message's answer alone", () => {
  test("is a link to a place, which an SDK that knows no places shows instead", async () => {
    const place = {
      type: "location",
      coordinates: { lat: 45.5261583, long: -73.595346 },
      location: { address: "5333 avenue Casgrain", name: "Zendesk Montréal" },
    };
    const text = "Location shared:\nhttps://maps.google.com/maps?q=45.5261583,-73.595346";
    expect((await post({ ...place, text: "given" })).listed).toEqual([{ ...place, text }]);
    const person = await newGuest(newDevice(server, app, await newIntegration(app)));
    const path = `/conversations/${person.conversationId}/messages`;
    expect(await person.post(path, { message: place, author: { role: "appUser" } })).toMatchObject({
      status: 201,
      body: { messages: [{ ...place, text, textFallback: text }] },
    });
    expect(await app.api.get(`/v2/apps/${app.id}${path}`)).toMatchObject({
      body: { messages: [{ content: { text } }] },
    });
  });

  test.each(["image", "file"])("is the name of the file, of type %s, that nothing describes", async (type) => {
    const content = { type, mediaUrl: "https://example.org/files/FAQ%202.pdf?signature=x" };
    expect((await post(content)).listed).toEqual([{ ...content, altText: "FAQ 2.pdf" }]);
  });
});

describe("the author's subtypes", () => {
  test.each([
    [[], "author.subtypes should NOT have fewer than 1 items"],
    [["AI", "activity"], "author.subtypes should NOT have more than 1 items"],
    [["agent"], 'author.subtypes.0 should be equal to one of the allowed values ("AI" | "activity")'],
  ])("are refused as %j", async (subtypes, title) => {
    expect((await post(text, { type: "business", subtypes })).posted).toMatchObject(refused(title));
  });
});
