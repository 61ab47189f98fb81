import fc from "fast-check";
import { expect, test } from "vitest";
import { signedDelivery } from "../../lib/local/channelSamples.ts";
import { type ChannelType, channelTypes } from "../../lib/model/channel.ts";
import { type Example, readExamples } from "../channels/examples.ts";
import { connect, deliver as deliverSigned, write } from "../support/channelPeople.ts";
import { type Channel, channels } from "../support/channels.ts";
import { replaced, strange } from "../support/mutations.ts";
import { startTestServer } from "../support/startTestServer.ts";
import { usersInTable } from "../support/tableItems.ts";

const server = await startTestServer();

/** Whether an example holds at this moment and at our URL: its signature is made anew, or covers neither. */
function isMovable(type: ChannelType, { request, receivedAt, expect: expected }: Example): boolean {
  if (request.payload !== undefined) return receivedAt === undefined || expected.refusal === undefined;
  // White space at the end of a header does not come through HTTP.
  const trimmed = Object.values(request.headers ?? {}).every((value) => value === value.trim());
  return trimmed && !["twilio", "messagebird", "mailgun"].includes(type);
}

/** What to make an example's integration of: its credentials, and something for what else the type requires. */
function fieldsOf(type: ChannelType, { credentials }: Example): object {
  const { fields, oneOf = [] }: Channel = channels[type];
  const required = Object.keys(fields).filter((name) => fields[name]?.required);
  const names = [...required, ...oneOf.map(([name = ""]) => name)];
  return { type, ...Object.fromEntries(names.map((name) => [name, "something"])), ...credentials };
}

/** Delivers an example, and answers the status, body and app; nothing where no such integration can be made. */
async function deliver(type: ChannelType, example: Example) {
  const { request, credentials } = example;
  if (Object.values(credentials).includes("")) return undefined;
  const app = await server.newApp();
  const made = await app.api.post<{ integration: { webhookUrl: string } }>(
    `/v2/apps/${app.id}/integrations`,
    fieldsOf(type, example),
  );
  if (made.status !== 201) return undefined;
  const { webhookUrl } = made.body.integration;
  const publicUrl = webhookUrl + new URL(request.publicUrl ?? webhookUrl).search;
  const now = new Date();
  const signed =
    request.payload === undefined ? undefined : signedDelivery(type, request.payload, { credentials, publicUrl, now });
  const { pathname, search } = new URL(publicUrl);
  const { status, text } = await server.as().send(request.method ?? "POST", pathname + search, {
    headers: { ...signed?.headers, ...request.headers },
    body: signed?.body ?? request.body,
  });
  return { status, text, appId: app.id };
}

/** Whoever has a number besides the id of an account is known by the number. */
const isNumber = (id: string): boolean => id.startsWith("whatsapp:+");

/** The ids of those whom an example makes users; an example may say how many events there are and leave out of whom. */
function madeBy({ expect: { events = [] } }: Example): readonly (string | undefined)[] {
  const creating = events.filter(({ kind = "" }) => ["message", "postback", "started"].includes(kind));
  return [...new Set(creating.map(({ person }) => person?.aliases?.find(isNumber) ?? person?.externalId))];
}

test.each(channelTypes)(
  "every example of %s comes to the same through HTTP, and makes whom it says and nobody else",
  async (type) => {
    const delivered: { name: string; appId: string; made: readonly (string | undefined)[] }[] = [];
    for (const [name, example] of readExamples(type)) {
      const answer = isMovable(type, example) ? await deliver(type, example) : undefined;
      if (!answer) continue;
      const { handshake, refusal } = example.expect;
      expect(answer.status, name).toBe(handshake?.status ?? refusal ?? 200);
      if (handshake?.body !== undefined) expect(answer.text, name).toBe(handshake.body);
      delivered.push({ name, appId: answer.appId, made: madeBy(example) });
    }
    expect(delivered.length).toBeGreaterThan(Math.min(10, readExamples(type).length - 1));
    const users = await usersInTable(server);
    for (const { name, appId, made } of delivered) {
      const own = users.filter((user) => user.appId === appId);
      // As the API shows them: one that is only claimed is another in the table.
      const ids = own.map(({ clients: [client] }) => client?.externalId?.replace(/^unverified:/, ""));
      expect(ids, name).toHaveLength(made.length);
      if (!made.includes(undefined)) expect([...ids].sort(), name).toEqual([...made].sort());
    }
  },
);

test.each(channelTypes)(
  "a genuine delivery of %s with any part replaced by something else is no fault of ours",
  async (type) => {
    const app = await server.newApp();
    const payloads = readExamples(type).flatMap(([, { request }]) =>
      typeof request.payload === "object" ? [request.payload] : [],
    );
    const integration = await connect(app, type);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...payloads),
        fc.array(fc.tuple(fc.array(fc.nat(), { maxLength: 9 }), strange), { minLength: 1, maxLength: 3 }),
        async (payload, mutations) => {
          const mutated = mutations.reduce<unknown>((value, [path, other]) => replaced(value, path, other), payload);
          const isForm = type === "twilio" || type === "mailgun";
          const body = isForm ? asForm(mutated) : (JSON.stringify(mutated) ?? "");
          expect((await deliverSigned(server, integration, body)).status).toBe(200);
        },
      ),
      { numRuns: 60 },
    );
    // And what one of them said still counts.
    await write(server, integration, { id: "15145550123" });
    const users = await usersInTable(server);
    expect(users.filter((user) => user.appId === app.id).length).toBeGreaterThan(0);
  },
);

/** As many fields as a form may have with those of its signature: where more are cut off, the signature is not theirs. */
const asForm = (value: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(value ?? {})
      .slice(0, 990)
      .map(([name, field]) => [name, typeof field === "string" ? field : JSON.stringify(field)]),
  );

test.each(["twilio", "mailgun"] as const)("a form of %s of more than 1000 fields is refused", async (type) => {
  const integration = await connect(await server.newApp(), type);
  const fields = Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`field${index}`, "x"]));
  expect((await deliverSigned(server, integration, fields)).status).toBe(type === "twilio" ? 403 : 406);
});
