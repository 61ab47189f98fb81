import { describe, expect, test } from "vitest";
import { newIntegration } from "../support/business.ts";
import { newDevice, newGuest } from "../support/newDevice.ts";
import { userToken } from "../support/signToken.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const integrationId = await newIntegration(app);
const person = await newGuest(newDevice(server, app, integrationId));

const form = {
  _id: "65f0c3a1b2c3d4e5f6a7b8c9",
  type: "form",
  role: "business",
  fields: [
    { _id: "0", type: "text", name: "age", label: "Age", format: "integer", minSize: 2, maxSize: 3 },
    { _id: "1", type: "email", name: "mail", label: "E-mail" },
    { _id: "2", type: "select", name: "colour", label: "Colour", options: [{ _id: "2-0", name: "r", label: "Red" }] },
  ],
  submitted: false,
};
const age = { type: "text", name: "age", label: "Age", text: "42" };
const mail = { type: "email", name: "mail", label: "E-mail", email: "ann@example.com" };
const colour = { type: "select", name: "colour", label: "Colour", select: [{ name: "r", label: "Red" }] };

const validate = (fields: unknown, asked: unknown = form) =>
  person.post(`/appusers/${person.appUserId}/messages/validate`, {
    form: asked,
    formResponse: { type: "formResponse", quotedMessageId: form._id, fields },
    sender: { role: "appUser", appUserId: person.appUserId },
  });

describe("sdkValidateMessage", () => {
  test.each([[[age]], [[age, mail]], [[colour, age, mail]]])("takes the answers of a step: %j", async (fields) => {
    expect(await validate(fields)).toMatchObject({ status: 200, body: {} });
  });

  test("takes them of a person who signed in, by the token", async () => {
    const device = newDevice(server, app, integrationId);
    const { appUser } = (await device.login("ann")).body;
    const body = { form, formResponse: { type: "formResponse", quotedMessageId: form._id, fields: [age] } };
    const call = { body, as: `Bearer ${userToken(app, "ann")}` };
    expect(await device.call("POST", `/appusers/${appUser._id}/messages/validate`, call)).toMatchObject({
      status: 200,
      body: {},
    });
  });

  test.each([
    ['formResponse.fields.0.text should match format "integer"', [{ ...age, text: "old" }]],
    ["formResponse.fields.0.text should NOT be longer than 3 characters", [{ ...age, text: "1234" }]],
    ["formResponse.fields.0.text should NOT be shorter than 1 characters", [{ ...age, text: "" }]],
    ['formResponse.fields.1.email should match format "email"', [age, { ...mail, email: "ann" }]],
    [
      "formResponse.fields.0.select should have names of the field's options alone",
      [{ ...colour, select: [{ name: "b" }] }],
    ],
    ["formResponse.fields.0.name should be the name of a field of the form", [{ ...age, name: "size" }]],
    ["formResponse.fields.0.type should be that of the form's field", [{ ...mail, name: "age" }]],
    ["formResponse.fields should be array", "42"],
  ])("says what is wrong with an answer: %s", async (description, fields) => {
    expect(await validate(fields)).toMatchObject({
      status: 400,
      body: { error: { code: "bad_request", description } },
    });
  });

  test.each([{}, null, form._id, { _id: form._id }, { fields: 1 }, []])(
    "leaves what no readable form asks for to the check of the whole answer: %j",
    async (asked) => {
      expect(await validate([{ ...age, text: "old" }], asked)).toMatchObject({ status: 200 });
      expect(await validate([{ ...mail, email: "ann" }], asked)).toMatchObject({ status: 400 });
    },
  );

  test("is the person's own to ask", async () => {
    const other = await newGuest(newDevice(server, app, integrationId));
    const body = { form, formResponse: { fields: [age] } };
    expect(await person.post(`/appusers/${other.appUserId}/messages/validate`, body)).toMatchObject({ status: 403 });
    const path = `/sdk/v2/apps/${app.id}/appusers/${person.appUserId}/messages/validate`;
    expect(await server.as().post(path, body)).toMatchObject({ status: 401 });
  });
});
