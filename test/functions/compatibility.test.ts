import { describe, expect, test } from "vitest";
import { unservedOperations } from "../../lib/api/unservedOperations.ts";
import { answers } from "../../lib/openapi/answers.ts";
import { operationIdOf } from "../../lib/openapi/describeApi.ts";
import { faultsOfAnswer } from "../support/describedAnswer.ts";
import { newerOperations, notOffered, officialCalls } from "../support/officialCalls.ts";
import {
  type OfficialAnswer,
  type OfficialError,
  officialClient,
  officialOperations,
} from "../support/officialClient.ts";
import { startFiledServer } from "../support/startFiledServer.ts";

const { server } = await startFiledServer();
const app = await server.newApp();
const client = officialClient(server.url, server.accountKey);

type Operation = `${string}Api.${string}`;
const operations = [...officialOperations].flatMap(([name, methods]) =>
  methods.map((method): Operation => `${name as `${string}Api`}.${method}`),
);
/** The vendor's name of an operation. */
const operationNameOf = (operation: Operation): string => {
  const [, method = ""] = operation.split(".");
  return method.charAt(0).toUpperCase() + method.slice(1);
};
const whyNot = (operation: string) => notOffered[operation] ?? notOffered[operation.split(".")[0] ?? ""];

/** What each operation was seen to answer, for the table. */
const seen = new Map<string, string>();

describe("an operation of the official client that works, and answers as the OpenAPI description says:", () => {
  test.each(operations.filter((operation) => whyNot(operation) === undefined))("%s", async (operation) => {
    const prepare = officialCalls[operation];
    if (!prepare)
      throw new Error(`${operation} is neither called in test/support/officialCalls.ts nor declared not offered.`);
    const { parameters, status, body, afterwards } = await prepare(server, app);
    const { data, response } = await client<OfficialAnswer>(`${operation}WithHttpInfo`, ...parameters);
    expect(response).toMatchObject({ status, body });
    expect(data).toBeTruthy();
    expect(faultsOfAnswer(operationIdOf(operation.split(".")[1] ?? ""), response.status, response.body)).toEqual([]);
    if (afterwards)
      expect(await server.account.get(afterwards.path)).toMatchObject({
        status: afterwards.status,
        body: afterwards.body,
      });
    const names = Object.keys(response.body).map((name) => `\`${name}\``);
    seen.set(operation, `works: ${status}${names.length > 0 ? ` with ${names.join(", ")}` : ""}`);
  });
});

describe("an operation of the official client that is not offered says so:", () => {
  test.each(operations.filter((operation) => whyNot(operation) !== undefined))("%s", async (operation) => {
    const { status, body } = await client(operation, app.id, "x", "x", {}).then(
      (): never => expect.unreachable(`${operation} is offered after all.`),
      (error: OfficialError) => error,
    );
    const { feature } = unservedOperations[operationNameOf(operation)] ?? {};
    const title = `Not offered yet: ${feature}`;
    expect({ status, body }).toMatchObject({ status: 501, body: { errors: [{ code: "not_offered", title }] } });
    seen.set(operation, `not offered: ${whyNot(operation)}`);
  });
});

describe("the table of compatibility", () => {
  test("names no operation that the official client does not have", () => {
    const classes = [...officialOperations.keys()];
    expect(Object.keys(officialCalls).filter((operation) => !operations.some((one) => one === operation))).toEqual([]);
    expect(Object.keys(notOffered).filter((name) => ![...classes, ...operations].includes(name))).toEqual([]);
  });

  test("tells of every operation that is answered 501", () => {
    const told = [
      ...operations.filter((operation) => whyNot(operation) !== undefined).map(operationNameOf),
      ...Object.keys(newerOperations).filter((name) => newerOperations[name] !== "works"),
    ];
    expect(told.toSorted()).toEqual(Object.keys(unservedOperations).toSorted());
  });

  test("tells of every operation that is served but that the client does not have yet", async () => {
    const methods = new Set([...officialOperations.values()].flat());
    const newer = Object.keys(answers).filter((operation) => !methods.has(operation));
    const working = Object.keys(newerOperations).filter((name) => newerOperations[name] === "works");
    expect(newer.map(operationIdOf)).toEqual(working);
    const byEmail = `/v2/apps/${app.id}/users?filter[identities.email]=nobody@example.org`;
    expect(await app.api.get(byEmail)).toMatchObject({ status: 200, body: { users: [] } });
  });

  // In docs/compatibility.md as `npm run compatibility` writes it, from what the tests above saw.
  test("is the one in the docs", async () => {
    expect([...seen.keys()].sort()).toEqual([...operations].sort());
    const working = operations.filter((operation) => seen.get(operation)?.startsWith("works"));
    await expect(`# Compatibility with the official client

\`npm run compatibility\` writes this page: \`test/functions/compatibility.test.ts\` calls every operation of the official Node.js
client, \`sunshine-conversations-client\` 14.1.0, against this server. Of ${operations.length}, ${working.length} work.

Everything is served at the root and once more below \`/sc\`, the path of the vendor's first server
(\`https://{subdomain}.zendesk.com/sc\`), so a program that has it fixed needs another host and nothing else.

What is not offered is answered 501 \`not_offered\` with a title that names it. The answer is the same for every caller: no
credentials are looked at, since there is nothing to protect. No alarm counts it.

${table(
  ["operation", "answer"],
  operations.map((operation) => [operation, seen.get(operation) ?? ""]),
)}

The vendor's description of its API, v17.12.1, has operations that this version of the client does not have yet:

${table(["operation", "answer"], Object.entries(newerOperations))}

## Refused fields and kinds

What would have no effect is refused as not offered, and nothing of the request is kept:

- a message's \`override\` for Apple Messages for Business;
- an integration's \`defaultResponderId\` and \`showAIDisclaimer\`, and its types apple, gbm, googlercs, kakao, slackconnect,
  twitter and wechat;
- a \`metadata\`, \`destination\` or \`schema\` of the message that confirms a link;
- an app's \`endSessionEnabled\` and \`disableConversationReopen\`.

Empty, \`null\` or \`false\`, they are taken. Fields that the vendor's description does not have are left out.

## Messages

- Every type of content is taken, kept, shown to SDKs and told to webhooks: text, image, file, location, carousel, list, form and
  template from a business; text, image, file, location and formResponse from a user. A user's carousel, form, list or template
  is refused with 400, and so is a formResponse by the API, which the vendor takes from SDKs alone.
- A form is answered once, each field of it, in the words of its own options; later answers get 409. The answer quotes the whole
  form (\`quotedMessage\`), and \`submitted\` of the form is \`true\` from then on.
- A template needs \`schema: "whatsapp"\`, which is for nothing else. What it holds is not looked into.
- What a business says reaches the person on its channel; [channels.md](channels.md#what-goes-out) has what goes out as what, and
  \`npm start\` shows it without sending it. The codes of failures are those of the API's errors; the vendor documents
  \`uncategorized_error\` alone.
- \`destination\` is checked: the user of a personal conversation must have a client there, else 404 \`client_not_found\`. It chooses
  the client that gets the message, and \`override\` what goes out there; no answer shows either.
- A message's \`attachmentId\` is kept and shown, of 1 to 128 characters.
- A link's confirmation message is sent once and joins no conversation. A \`prompt\` without one says "<app> would like to continue
  your conversation here. Reply to confirm."; any message of the person confirms. WhatsApp takes no free text from a business that the
  person did not write to within a day: give a template by \`override.whatsapp\`.
- \`registerWebhook\` in \`createIntegration\` is ours: it checks the credentials, and registers the webhook with the provider. A
  WhatsApp integration has a further field of ours, \`accessToken\`, which sending needs: the vendor hosts WhatsApp itself.
- An \`override\` and a template have at most 32 levels. Lengths and numbers of items are those of the vendor's description.
- SDKs get a list as a carousel, as from the vendor, with a \`textFallback\` for every type that an SDK may not know, and a reply
  button's text cut to 40 characters.
- A button of type \`postback\` that is pressed, in an SDK or on a channel, is told as \`conversation:postback\`; with the app's
  \`echoPostback\` also as a message. A channel's press is a message of the history in any case, so that nothing that it sent is lost.

## Files

- \`access=private\` is taken, which the vendor's description names as not supported yet: the file then takes credentials.
- A file for a message (\`for=message\`) is deleted with a message that shows it. Without \`for\` it stays until it is deleted.
- \`POST …/attachments/uploads\` is ours: a form for files beyond what a Lambda takes, up to 25 MB. Beyond 4.5 MB the
  vendor's own form is refused with 413 on AWS, not on your machine.
- The vendor's list of refused types is not public in its description; here programs are refused, by their ending.

## Webhooks

- A custom integration may be made without a webhook; with \`webhooks\`, it is made with one. Others follow by
  \`createWebhook\`, up to ten of an app, or by \`webhooks\` in \`updateIntegration\`: an item changes the webhook of its \`id\`,
  without one that of its \`target\`, and else makes one. An update deletes none: a webhook that is not in the list stays.
- A \`secret\` may be chosen, also by \`updateWebhook\`, which the vendor's description does not mention: 1 to 128 visible ASCII
  characters. Without one it has the vendor's form, 32 hexadecimal digits.
- An unknown trigger is refused, and so are credentials in a \`target\`.
- \`integrationId\` is \`me\` for the integration of the key that calls, as for a token of the vendor's OAuth.
- \`POST …/webhooks/{webhookId}/rotate\` is ours: a new secret, and a day to change over.

## Taken without an effect

- A webhook may have any trigger of the vendor's. There are no events of switchboards and passthrough yet.
- Some of an integration's fields are kept and shown, and nothing reads them: WhatsApp's \`accountManagementAccessToken\`, LINE's
  \`channelId\`, \`serviceCode\`, \`switcherSecret\` and \`qrCodeUrl\`.
- Shorthand in a text, such as that of WhatsApp's templates, stays as it is.
- No payments are taken: a button to buy stays offered.

## externalIds with slashes

API Gateway decodes \`%2F\` in a path before it matches it. An externalId with slashes is found nevertheless, and the whole of it
comes first. But a user whose externalId is another's with \`/personalinformation\` or \`/clients/…\` behind it is deleted by id
alone.

## The vendor's Messaging SDKs

- **No realtime.** A Messaging SDK is told that there is no realtime transport. Our own asks for what is new. The vendor's web
  client of the 4.29 generation says that it could not connect, and shows an answer after the page is loaded again.
- **Android.** The vendor's SDK holds back what a person writes until its realtime connection stands, so an app with that SDK cannot
  send here.
- **Ended sessions.** To a web client, the refusal of a stored session is \`text/plain\` with the JSON of every other: the vendor's
  forgets the session then, and fails on each visit otherwise.
- **Not offered.** Prechat capture is 501 \`not_offered\`. An integration's \`prechatCapture\` is handed
  to pages, which ask a person before the first message and get that 501: leave it out until it is offered.
`).toMatchFileSnapshot("../../docs/compatibility.md");
  });
});

/** A Markdown table with columns of one width. */
function table(head: readonly [string, string], rows: readonly (readonly [string, string])[]): string {
  const widths = [0, 1].map((column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rows.map(line)].join("\n");
}
