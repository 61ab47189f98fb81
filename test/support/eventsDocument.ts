/** The words of docs/events.md around its examples, which `test/functions/eventExamples.test.ts` makes. */

/** The events that are told, and when. */
export const describedEvents = {
  "conversation:create":
    "A conversation was made. `creationReason` is `message` (a user's first message on a channel), `startConversation` (an\nSDK, or a channel's start button), `linkRequest` (made for a link to a channel) or `none` (the API). `user` is there in a\npersonal conversation, `referral` where a channel told of one.",
  "conversation:message":
    "A message was added, by a user or by the business. `raw`, where it is there, is ours: the original from the channel, if\n`content` could not hold all of it. The answer to a form (`formResponse`) has the whole form in `quotedMessage`.",
  "conversation:message:delivery:channel":
    "A message of the business went out: the channel took it, under the ids of `externalMessages` if it tells any. With\n`isFinalEvent` nothing more is told of it, since the channel does not report what becomes of it\n([channels.md](channels.md#reports) has those that do).",
  "conversation:message:delivery:user":
    "The channel reports that a message arrived with the user, or that the user read it. It is told once; what is read is also\na `conversation:read`.",
  "conversation:message:delivery:failure":
    "A message does not arrive, for good. `error.code` is `unauthorized` (the integration's credentials are refused, or lack\nwhat sending needs), `forbidden` (the user blocked the business, or it may not send this), `not_found` (no such person, or\nthe client is gone) or `uncategorized_error` (all else); `error.message` says what to do, in our words or the channel's.\nWithout a `destination` there was no client to send it to.",
  "conversation:postback":
    "A user pressed a button of type `postback`, in an SDK or on a channel: `payload` is the button's, `metadata` the button's\nand what the page added. With the app's `echoPostback` a press is also a message of the user, with the button's text and\npayload, and told as one. A channel's press stands in the history in any case.",
  "conversation:read":
    "A user read a conversation, or the business did (`author.type` is `business`). By which device a user read is not\nrecorded, so there is no `source`. A channel's report that a message was read counts as well.",
  "conversation:typing":
    "A user types in an SDK, or stopped (`typing:stop`). Nothing in the table tells of typing, so this event alone may be lost:\nit is queued by the request that tells of it, once.",
  "conversation:join": "A user was added to a group.",
  "conversation:leave": "A user left a group.",
  "conversation:remove": "A conversation was deleted. Its messages tell nothing more.",
  "conversation:referral": "A user came back to a conversation by a link or an ad.",
  "client:add":
    "A user got a way to be reached: `channelLinking`, a client on a channel, or `sdkLogin`, its first device. The clients with\nwhich a user is born tell nothing.",
  "client:update":
    "A client changed: `matched` (the channel took the message that asks a pending link's person), `confirmed` (that person\nanswered), `blocked` or `unblocked` (the channel says so).",
  "client:remove":
    "A client was removed: `api` by the business, `linkFailed` if the link that it waited for cannot come about; `error` says\nwhy, where a channel did not take the link's message.",
  "user:update": "A user proved by a signed token who it is, for the first time. A change by the API tells nothing.",
  "user:merge":
    "Two users turned out to be one. `discarded` is as it was; its messages move to the survivor and are not told again.",
  "user:remove": "A user was deleted. Nothing but the ids is told, whatever the webhook includes.",
} as const;

/** The triggers that a webhook may name and that never fire here, and why. */
export const silentTriggers = {
  "passthrough:messaging": "no channel here has content that is handed through",
  "switchboard:acceptControl": "there is no switchboard",
  "switchboard:acceptControl:failure": "there is no switchboard",
  "switchboard:offerControl": "there is no switchboard",
  "switchboard:offerControl:failure": "there is no switchboard",
  "switchboard:passControl": "there is no switchboard",
  "switchboard:passControl:failure": "there is no switchboard",
  "switchboard:releaseControl": "there is no switchboard",
} as const;

/** Writes the document of events. */
export const eventsDocument = (examples: readonly string[]): string => `# Events

A webhook of a custom integration is told what happens to an app's users and conversations. \`npm run events\` writes this page:
\`test/functions/eventExamples.test.ts\` does through the API what the examples show, and validates each event against the
vendor's schema. [api.md](api.md) lists the operations on webhooks.

## What is sent

A \`POST\` with one event, as JSON:

\`\`\`json
{
  "app": { "id": "…" },
  "webhook": { "id": "…", "version": "v2" },
  "events": [{ "id": "…", "type": "…", "createdAt": "…", "payload": {} }]
}
\`\`\`

| header              | value                                                                              |
| ------------------- | ---------------------------------------------------------------------------------- |
| \`x-api-key\`         | the webhook's secret                                                               |
| \`webhook-id\`        | the event's id                                                                     |
| \`webhook-timestamp\` | seconds since 1970, at this attempt                                                |
| \`webhook-signature\` | \`v1,\` and the Base64 of an HMAC-SHA256 over \`id.timestamp.body\`; several by spaces |

- **Signature.** It is that of [Standard Webhooks](https://www.standardwebhooks.com). Its key is the bytes of the secret, in UTF-8;
  the published verifiers take it as \`whsec_\` and the Base64 of those bytes.
- **Rotation.** For 24 hours after \`POST …/webhooks/{webhookId}/rotate\` both secrets sign, and \`x-api-key\` stays the old one. Then
  the new one takes its place.
- **Users.** A payload shows a user by \`id\`, \`authenticated\`, \`externalId\` and \`brandId\`; with \`includeFullUser\` as the API
  does, profile and metadata included.
- **Sources.** With \`includeFullSource\` a user's \`source\` has its \`client\` and \`device\`, unless the user has several of that
  integration.
- **The time of what is shown.** What happened is told as it was recorded. Users and conversations that the record only names are
  read when the event is published, moments later, so a profile that was changed right after may already show. What is gone by
  then is told by its id.
- **\`createdAt\`** is the time of what happened: a message's \`received\`, a reader's \`lastRead\`. What carries no time of its own,
  such as a join, a merge or a deletion, has that of the table's stream, which is to the second.
- **Size.** Of a delivery over 240 kB the client's \`raw\` is left out, then the message's with the message that it quotes, then
  all of its content but type and text. The API has the whole message.
- **A ping** (\`POST …/webhooks/{webhookId}/ping\`, or \`npm run -s sunroom -- webhook ping <webhook_id>\`) is an event of the type
  \`ping\` with an empty payload, which you have to ask for: skip a type that you do not know.

## Order, and how often

- **No event without its change, no change without its event.** Events are made from the stream of the table's committed
  changes. A write that changes nothing, a message that a merge moves, and an expiry tell nothing.
- **At least once.** A receiver may get an event again, always with the same \`id\`, which is derived from what changed. Keep
  the ids of the last day, and answer 200 to one that is there.
- **Order.** The events of a conversation come in their order, those of a user alike, and \`conversation:create\` before the
  conversation's messages. An event whose delivery failed is tried again while later ones go on; \`message.received\` tells the
  order then. Requests that write one conversation at the same moment are told as they are committed, which may differ from
  \`received\` by that moment.
- **A deleted app.** What happened before the deletion is still told; that the app's data is cleared afterwards is not.

## Answers and attempts

- **Delivered** is what is answered 2xx within 20 seconds. Answer first, work afterwards.
- **Not tried again** is what is answered 400, 401, 403, 404 or 406, and what goes to an address that is not allowed.
- **Tried again** is all else, a redirect included: five attempts in all within 15 minutes, with pauses of about 10 s, 40 s, 160 s
  and 480 s. \`Retry-After\` of a 429 or 503 is obeyed as far as the 15 minutes allow; for 5 of them
  it holds the target's other events, too.
- **Paused** is a target that failed five times in a row: for 30 seconds, then longer, up to 5 minutes. What waits meanwhile counts
  as no attempt. Another URL that the webhook is given is tried at once.
- **Failed** deliveries stay listed for 7 days and can be replayed, as all others; what they tell of a user goes with the user.
- **Targets** are public addresses. A server of \`npm start\` also calls the machine itself, and with \`WEBHOOK_TARGETS=private\` a
  private network, such as that of containers.
- **At once** a target gets at most eight first attempts, never two of one conversation.

## Events that are told

${examples.join("\n\n")}

## Triggers that never fire

A webhook may name them, and hears nothing of them.

${silentTable()}

There is no \`user:create\`, neither here nor in the vendor's API: a user's first \`conversation:create\` tells of it.
`;

function silentTable(): string {
  const rows = [
    ["trigger", "why it never fires here"],
    ...Object.entries(silentTriggers).map(([name, why]) => [`\`${name}\``, why]),
  ];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}
