import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { newIntegration } from "../support/business.ts";
import { type Guest, newDevice, newGuest } from "../support/newDevice.ts";
import { newWebhook, startToldServer } from "../support/startToldServer.ts";
import { faultsOfEvent } from "../support/vendorEvent.ts";

const { server, publish } = await startToldServer();
const app = await server.newApp();
await newWebhook(app, { triggers: ["conversation:message"] });
const integrationId = await newIntegration(app);
const base = `/v2/apps/${app.id}/conversations`;

const form = {
  type: "form",
  fields: [
    { type: "text", name: "age", label: "Age", format: "integer", minSize: 2, maxSize: 3 },
    { type: "email", name: "mail", label: "E-mail" },
    {
      type: "select",
      name: "colour",
      label: "Colour",
      options: [
        { name: "r", label: "Red" },
        { name: "b", label: "Blue" },
      ],
    },
  ],
};
const age = { type: "text", name: "age", text: "42" };
const mail = { type: "email", name: "mail", email: "ann@example.com" };
const colour = { type: "select", name: "colour", select: [{ name: "b", label: "Blue" }] };

/** A person that is asked: the business posts the form. */
async function asked() {
  const person = await newGuest(newDevice(server, app, integrationId));
  const { body } = await app.api.post<{ messages: [{ id: string }] }>(`${base}/${person.conversationId}/messages`, {
    author: { type: "business" },
    content: form,
    metadata: { campaign: "spring" },
  });
  return { person, formId: body.messages[0].id };
}

const answer = (person: Guest, message: object, headers = {}) =>
  person.post<{ messages: [object] }>(
    `/conversations/${person.conversationId}/messages`,
    { message: { type: "formResponse", role: "appUser", ...message }, author: { role: "appUser" } },
    headers,
  );
const listed = async ({ conversationId }: Guest) =>
  (await app.api.get<{ messages: readonly { content: object }[] }>(`${base}/${conversationId}/messages`)).body.messages;

const kept = {
  type: "formResponse",
  fields: [
    { type: "text", name: "age", label: "Age", text: "42", format: "integer" },
    { type: "email", name: "mail", label: "E-mail", email: "ann@example.com" },
    { type: "select", name: "colour", label: "Colour", select: [{ name: "b", label: "Blue" }] },
  ],
  textFallback: "Age: 42\nE-mail: ann@example.com\nColour: Blue",
};

describe("the answer to a form", () => {
  test("is told with the form that it quotes, and the form is submitted", async () => {
    const { person, formId } = await asked();
    await publish();
    const fields = [colour, { ...age, label: "My label" }, mail];
    expect(await answer(person, { quotedMessageId: formId, fields, metadata: { step: 1 } })).toMatchObject({
      status: 201,
      body: { messages: [{ ...kept, role: "appUser", quotedMessageId: formId, metadata: { step: 1 } }] },
    });
    const quotedMessage = { type: "message", message: { id: formId, content: form, metadata: { campaign: "spring" } } };
    expect(await listed(person)).toMatchObject([
      { id: formId, content: { ...form, submitted: true } },
      { content: kept, quotedMessage },
    ]);
    const events = (await publish()).map(({ event }) => event);
    expect(events).toMatchObject([{ payload: { message: { content: kept, quotedMessage, metadata: { step: 1 } } } }]);
    expect(events.flatMap(faultsOfEvent)).toEqual([]);
    const seen = await person.get(`/conversations/${person.conversationId}/messages`);
    expect(seen).toMatchObject({
      body: {
        messages: [
          { type: "form", submitted: true },
          { type: "formResponse", quotedMessageId: formId },
        ],
      },
    });
  });

  test("may name its form beside each field", async () => {
    const { person, formId } = await asked();
    const fields = [age, mail, colour].map((field) => ({ ...field, quotedMessageId: formId }));
    expect(await answer(person, { fields })).toMatchObject({ status: 201, body: { messages: [{ ...kept }] } });
  });

  test("is given once: of many at once one is kept, and the others are refused", async () => {
    const { person, formId } = await asked();
    const message = { quotedMessageId: formId, fields: [age, mail, colour] };
    const answers = await Promise.all(Array.from({ length: 5 }, () => answer(person, message)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
    expect(await answer(person, message)).toMatchObject({
      status: 409,
      body: { error: { code: "conflict", description: "The form was answered already" } },
    });
    expect(await listed(person)).toHaveLength(2);
  });

  test("that is sent again under its key is answered as it was stored", async () => {
    const { person, formId } = await asked();
    const message = { quotedMessageId: formId, fields: [age, mail, colour] };
    const headers = { "idempotency-key": randomUUID() };
    const [first, second] = [await answer(person, message, headers), await answer(person, message, headers)];
    expect(second).toMatchObject({ status: 201, body: { messages: first.body.messages } });
    expect(await listed(person)).toHaveLength(2);
  });

  test("hides the numbers of payment cards", async () => {
    const { person } = await asked();
    const card = { type: "form", fields: [{ type: "text", name: "card", label: "Card" }] };
    const { body } = await app.api.post<{ messages: [{ id: string }] }>(`${base}/${person.conversationId}/messages`, {
      author: { type: "business" },
      content: card,
    });
    const fields = [{ type: "text", name: "card", text: "4111 1111 1111 1111" }];
    expect(await answer(person, { quotedMessageId: body.messages[0].id, fields })).toMatchObject({
      body: { messages: [{ fields: [{ text: "**** **** **** 1111" }], textFallback: "Card: **** **** **** 1111" }] },
    });
  });

  test.each<readonly [readonly object[], string]>([
    [[age, mail], "message.fields should have an item for each field of the form"],
    [[age, mail, colour, { ...age, name: "pet" }], "message.fields.3.name should be the name of a field of the form"],
    [[{ ...mail, name: "age" }, mail, colour], "message.fields.0.type should be that of the form's field"],
    [[{ ...age, text: "4" }, mail, colour], "message.fields.0.text should NOT be shorter than 2 characters"],
    [[{ ...age, text: "1042" }, mail, colour], "message.fields.0.text should NOT be longer than 3 characters"],
    [[{ ...age, text: "old" }, mail, colour], 'message.fields.0.text should match format "integer"'],
    [
      [age, mail, { ...colour, select: [{ name: "g" }] }],
      "message.fields.2.select should have names of the field's options alone",
    ],
    [[age, age, mail, colour], "message.fields should NOT have two items with the same 'name'"],
    [[age, { ...mail, email: "ann" }, colour], 'message.fields.1.email should match format "email"'],
    [
      [{ ...age, text: "x".repeat(257) }, mail, colour],
      "message.fields.0.text should NOT be longer than 256 characters",
    ],
    [[], "message.fields should NOT have fewer than 1 items"],
    [[age, mail, { ...colour, select: [] }], "message.fields.2.select should NOT have fewer than 1 items"],
  ])("is refused as %j", async (fields, description) => {
    const { person, formId } = await asked();
    const { status, body } = await answer(person, { quotedMessageId: formId, fields });
    expect({ status, body }).toEqual({ status: 400, body: { error: { code: "bad_request", description } } });
    expect(await listed(person)).toMatchObject([{ content: { submitted: false } }]);
  });

  test("needs a form of the same conversation", async () => {
    const [{ person }, other] = [await asked(), await asked()];
    const said = await person.say(person.conversationId, "Hi", person);
    for (const quotedMessageId of [undefined, "unknown", other.formId, said.body.messages[0]?._id]) {
      const { status, body } = await answer(person, { quotedMessageId, fields: [age, mail, colour] });
      expect({ status, body }).toMatchObject({
        status: 400,
        body: { error: { description: "message.quotedMessageId should be the id of a form of the conversation" } },
      });
    }
  });
});

test.each([
  { type: "form", fields: form.fields },
  { type: "carousel", items: [] },
  { type: "list", items: [] },
  { type: "template", template: {} },
])("an SDK sends no message of type $type", async (message) => {
  const person = await newGuest(newDevice(server, app, integrationId));
  expect(await answer(person, message)).toMatchObject({ status: 400, body: { error: { code: "bad_request" } } });
});
