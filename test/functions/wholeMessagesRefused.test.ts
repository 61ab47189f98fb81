import { expect, test } from "vitest";
import { newPersonal, textsOf } from "../support/business.ts";
import { startTestServer } from "../support/startTestServer.ts";

/** What is wrong with a message of each type, in the words of JSON Schema; nothing of it is kept. */

const server = await startTestServer();
const app = await server.newApp();

const button = { type: "postback", text: "Order", payload: "TEA" };
const item = { title: "Tea", actions: [button] };
const text = { type: "text", name: "age", label: "Age" };
const select = { type: "select", name: "colour", label: "Colour", options: [{ name: "r", label: "Red" }] };
const template = { type: "template", template: { name: "hello" } };
const many = <T>(count: number, one: T): readonly T[] => Array.from({ length: count }, () => one);
const numbered = (count: number) => Array.from({ length: count }, (_, index) => ({ ...text, name: String(index) }));

const carousel = (fields: object) => ({ content: { type: "carousel", items: [item], ...fields } });
const list = (fields: object) => ({ content: { type: "list", items: [item], ...fields } });
const form = (...fields: readonly object[]) => ({ content: { type: "form", fields } });
const items = (fields: object) => carousel({ items: [{ ...item, ...fields }] });
const nested = (levels: number): object => (levels === 0 ? {} : { a: nested(levels - 1) });
const hello = { content: { type: "text", text: "Hi" } };

const refused: readonly (readonly [object, string])[] = [
  [carousel({ items: undefined }), "content should have required property 'items'"],
  [carousel({ items: [] }), "content.items should NOT have fewer than 1 items"],
  [carousel({ items: many(11, item) }), "content.items should NOT have more than 10 items"],
  [carousel({ items: "tea" }), "content.items should be array"],
  [
    carousel({ displaySettings: { imageAspectRatio: "tall" } }),
    'content.displaySettings.imageAspectRatio should be equal to one of the allowed values ("horizontal" | "square")',
  ],
  [carousel({ actions: [button] }), "content.actions should NOT have more than 0 items"],
  [items({ title: "" }), "content.items.0.title should NOT be shorter than 1 characters"],
  [items({ title: "x".repeat(129) }), "content.items.0.title should NOT be longer than 128 characters"],
  [items({ description: "x".repeat(129) }), "content.items.0.description should NOT be longer than 128 characters"],
  [items({ mediaUrl: "javascript:alert(1)" }), 'content.items.0.mediaUrl should match format "uri"'],
  [items({ size: "huge" }), 'content.items.0.size should be equal to one of the allowed values ("compact" | "large")'],
  [items({ actions: [] }), "content.items.0.actions should NOT have fewer than 1 items"],
  [items({ actions: many(4, button) }), "content.items.0.actions should NOT have more than 3 items"],
  [
    items({ actions: [{ type: "reply", text: "Yes", payload: "YES" }] }),
    'content.items.0.actions.0.type should be equal to one of the allowed values ("buy" | "link" | "postback" | "webview")',
  ],
  [items({ metadata: { a: "x".repeat(4096) } }), "Item metadata is limited to 4096 bytes in size."],
  [list({ items: many(11, item) }), "content.items should NOT have more than 10 items"],
  [list({ actions: [] }), "content.actions should NOT have fewer than 1 items"],
  [list({ actions: many(11, button) }), "content.actions should NOT have more than 10 items"],
  [form(), "content.fields should NOT have fewer than 1 items"],
  [form(...numbered(21)), "content.fields should NOT have more than 20 items"],
  [form(text, { ...text, label: "Years" }), "content.fields should NOT have two items with the same 'name'"],
  [form({ ...text, name: "" }), "content.fields.0.name should NOT be shorter than 1 characters"],
  [form({ ...text, label: undefined }), "content.fields.0 should have required property 'label'"],
  [form({ ...text, minSize: 0 }), "content.fields.0.minSize should be >= 1"],
  [form({ ...text, maxSize: 257 }), "content.fields.0.maxSize should be <= 256"],
  [form({ ...text, minSize: 129 }), "content.fields should NOT have a 'minSize' greater than its 'maxSize'"],
  [
    form({ ...text, type: "date" }),
    'content.fields.0.type should be equal to one of the allowed values ("text" | "email" | "select")',
  ],
  [form({ ...select, options: undefined }), "content.fields.0 should have required property 'options'"],
  [form({ ...select, options: [] }), "content.fields.0.options should NOT have fewer than 1 items"],
  [form({ ...select, options: numbered(201) }), "content.fields.0.options should NOT have more than 200 items"],
  [
    form({ ...select, options: many(2, select.options[0]) }),
    "content.fields.0.options should NOT have two items with the same 'name'",
  ],
  [
    { content: { type: "formResponse", fields: [{ ...text, text: "42" }] } },
    'content.type should be equal to one of the allowed values ("text" | "image" | "file" | "location" | "carousel" | "form" | "list" | "template")',
  ],
  [
    { content: template },
    'schema should be equal to one of the allowed values ("whatsapp") for content of type "template"',
  ],
  [{ content: template, schema: "line" }, 'schema should be equal to one of the allowed values ("whatsapp")'],
  [
    { ...hello, schema: "whatsapp" },
    "content.type should be equal to one of the allowed values (\"template\") for a message with 'schema'",
  ],
  ...[[], "hello", nested(32)].map(
    (given) =>
      [
        { content: { ...template, template: given }, schema: "whatsapp" },
        "content.template should be object, of at most 32 levels and well-formed Unicode",
      ] as const,
  ),
  [{ ...hello, destination: { integrationId: "a", integrationType: "web" } }, oneDestination()],
  [{ ...hello, destination: { channel: "web" } }, oneDestination()],
  [
    { ...hello, override: { viber: { payload: {} } } },
    "override should have a property 'line', 'messenger' or 'whatsapp'",
  ],
  [{ ...hello, override: { line: {} } }, "override.line should have required property 'payload'"],
];

test.each(refused.map(([fields, title]) => ({ fields, title })))(
  "a message is refused: $title",
  async ({ fields, title }) => {
    const { conversationId } = await newPersonal(app);
    const path = `/v2/apps/${app.id}/conversations/${conversationId}/messages`;
    const { status, body } = await app.api.post(path, { author: { type: "business" }, ...fields });
    expect({ status, body }).toEqual({ status: 400, body: { errors: [{ code: "bad_request", title }] } });
    expect(await textsOf(app, conversationId)).toEqual([]);
  },
);

function oneDestination(): string {
  return "destination should have either 'integrationId' or 'integrationType'";
}
