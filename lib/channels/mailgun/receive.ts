import { domainToASCII } from "node:url";
import { decodeWords } from "postal-mime";
import type { ChannelContent, ChannelRequest, Parsed } from "../../model/channel.ts";
import { type FormFile, type PostedForm, readFormData } from "../../model/values/formData.ts";
import { readMailbox } from "../../model/values/mailbox.ts";
import { firstLine, nameParts } from "../../model/values/personName.ts";
import { idOf, listOf, recordOf, timeOf } from "../../model/values/providerValue.ts";
import { textOfHtml } from "../../model/values/richText.ts";
import type { ChannelReceiver } from "../contract.ts";
import { mediaContent, textContent, unsupported } from "../kit/channelContent.ts";
import { channelPerson } from "../kit/channelPerson.ts";
import { derivedId, parsedDelivery, parsedJson, type Reading, readEach, unreadable } from "../kit/delivery.ts";
import { parseLosslessJson } from "../kit/losslessJson.ts";
import { givenText, hmac, refused, sameSecret } from "../kit/signature.ts";
import { shortened, storable } from "../kit/storable.ts";
import { readEvent } from "./mailEvent.ts";

/**
 * E-mail that Mailgun receives and forwards.
 * https://documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store/receive-http
 */
export const receive = {
  handshake: () => undefined,
  /** https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks */
  verify(request, credentials) {
    const key = givenText(credentials, "signingKey") ?? givenText(credentials, "apiKey");
    // Not 406: Mailgun tries again for hours, and the key may be given meanwhile.
    if (key === undefined) return refused(401, "the integration has neither signingKey nor apiKey");
    const form = isJson(request) ? undefined : formOf(request);
    const { timestamp, token, signature } = signatureOf(request, form);
    if (!timestamp || !token || !signature) return refused(406, "no signature");
    if (!sameSecret(signature, hmac("sha256", key, timestamp + token, "hex")))
      return refused(406, "the signature does not match");
    const age = request.receivedAt.getTime() - Number(timestamp) * 1000;
    if (!(age >= -freshness.ahead && age <= freshness.behind)) return refused(406, "the signature is too old");
    if (form !== undefined && credentials.refuseUnverified === true && !readSender(form.fields)?.verified)
      return refused(406, "the sender is not verified");
    return { ok: true };
  },
  parse(request, credentials) {
    if (isJson(request)) return { ...parsedJson(request, readJson), ...onceOf(signatureOf(request, undefined)) };
    const ownAddresses = [credentials.incomingAddress, credentials.fromAddress].map((address) =>
      typeof address === "string" ? readMailbox(address)?.address : undefined,
    );
    const form = formOf(request);
    const parsed = parsedDelivery(readEach([form], (mail) => readMail(mail, ownAddresses, request.receivedAt)));
    return { ...parsed, ...onceOf(signatureOf(request, form)) };
  },
  acknowledgement: { status: 200 },
  redelivers: true,
} satisfies ChannelReceiver;

/**
 * The permitted age of a signature. It covers neither address nor text of the mail, so a leaked one must not be valid
 * for long. Mailgun repeats for eight hours, and does not document whether it signs anew; repetitions are recognised by
 * the message's id.
 */
const freshness = { ahead: 15 * 60_000, behind: 12 * 3_600_000 } as const;

function isJson(request: ChannelRequest): boolean {
  return /^[ \t]*application\/json\b/i.test(request.headers["content-type"] ?? "");
}

function formOf(request: ChannelRequest): PostedForm {
  return readFormData(request.headers["content-type"], request.rawBody);
}

/** Reads the signature: mails have the three fields in the form, events about outgoing mails in a JSON object. */
function signatureOf(
  request: ChannelRequest,
  form: PostedForm | undefined,
): Record<"timestamp" | "token" | "signature", string | undefined> {
  const json = form === undefined ? recordOf(recordOf(parseLosslessJson(request.rawBody)).signature) : undefined;
  const field = (name: string): string | undefined => idOf(json === undefined ? form?.fields.get(name) : json[name]);
  return { timestamp: field("timestamp"), token: field("token"), signature: field("signature") };
}

/** Binds a delivery's signature, which covers no content, to its events. */
const onceOf = ({ signature = "" }: { readonly signature: string | undefined }): Pick<Parsed, "once"> => ({
  once: { signature, refusal: 406 },
});

function* readJson(body: unknown): Generator<Reading> {
  const { signature: _, ...content } = recordOf(body);
  if (content["event-data"] !== undefined) return yield* readEvent(recordOf(content["event-data"]));
  yield unreadable("no mail", Array.isArray(body) ? body : content);
}

/** Removes the signature from a form. */
function unsigned(fields: URLSearchParams): Record<string, string> {
  const { timestamp: _, token: __, signature: ___, ...content } = Object.fromEntries(fields);
  return content;
}

function* readMail(
  { fields, files }: PostedForm,
  ownAddresses: readonly (string | undefined)[],
  receivedAt: Date,
): Generator<Reading> {
  const sender = readSender(fields);
  if (sender === undefined) return yield unreadable("no sender", unsigned(fields));
  const { address, name, verified, header } = sender;
  if (ownAddresses.includes(address)) return yield "from the integration's own address";
  const reason = notFromAPerson(address, fields, header);
  if (reason !== undefined) return yield reason;
  // The sender chose the Message-Id, and might choose another person's: it counts together with the address.
  const mailId = idOf(fields.get("Message-Id")) ?? idOf(header("message-id"));
  const messageId = mailId ?? idOf(fields.get("token")) ?? derivedId(unsigned(fields), receivedAt);
  const content = contentOf(fields, files);
  yield {
    kind: "message",
    person: {
      ...channelPerson({
        externalId: address,
        displayName: firstLine(name) ?? address,
        ...partsOfName(name),
        email: address,
        raw: {
          from: fields.get("from") ?? undefined,
          "Reply-To": header("reply-to"),
          "stripped-signature": fields.get("stripped-signature") || undefined,
        },
      }),
      ...(verified ? {} : { unverified: true }),
    },
    messageId,
    dedupeKey: `${address} ${messageId}`,
    occurredAt: timeOf(fields.get("timestamp")),
    content,
    // A mail without a text is kept whole: its content may be in a new field.
    raw: content.type === "unsupported" ? shortened(unsigned(fields)) : rawOf(fields, files),
  };
}

/** A function that reads a header by its lower-case name. */
type Header = (name: string) => string | undefined;

interface Sender {
  readonly address: string;
  readonly name: string | undefined;
  /** Whether Mailgun verified the domain of the address. */
  readonly verified: boolean;
  readonly header: Header;
}

/**
 * Reads the sender of a mail: from the form's own field, else the mail's header, else the envelope. The domain is
 * verified if SPF, which checks the envelope, passed for it; no DKIM result from Mailgun names a domain.
 */
function readSender(fields: URLSearchParams): Sender | undefined {
  const headers = headersOf(fields);
  const header: Header = (name) => headers.get(name)?.[0];
  const envelope = readMailbox(fields.get("sender") ?? "");
  const written = [fields.get("from"), fields.get("From"), header("from")].map((one) => readMailbox(one ?? ""));
  const mailbox = [...written, envelope].find((read) => idOf(read?.address) !== undefined);
  if (mailbox === undefined) return undefined;
  const { address, name } = mailbox;
  const domain = domainOf(address);
  const isOfDomain = domain !== "" && domain === domainOf(envelope?.address ?? "");
  // The sender may have written a header of that name beside Mailgun's own: all of them must agree.
  const results = headers.get("x-mailgun-spf") ?? [];
  const passes = results.length > 0 && results.every((result) => /^pass$/i.test(result));
  return { address, name: name === undefined ? undefined : decoded(name), verified: isOfDomain && passes, header };
}

const domainOf = (address: string): string => domainToASCII(address.slice(address.lastIndexOf("@") + 1));

/** Decodes the encoded words (RFC 2047) of a short text of a header. */
const decoded = (text: string): string => decodeWords(text.slice(0, 4096));

/** Words after a comma that belong to the name before it: of a company, or of a family. */
const suffix = /^(?:inc|ltd|llc|llp|corp|co|gmbh|ag|kg|plc|s\.?a|b\.?v|jr|sr|ii|iii|iv|esq|ph\.?d|m\.?d|mba)\.?$/i;

/** Splits a name in two parts, also one with the surname first: `Moore, Keith`. */
function partsOfName(name: string | undefined): { readonly givenName?: string; readonly surname?: string } {
  const [surname = "", given = "", ...more] = (firstLine(name) ?? "").split(",").map((part) => part.trim());
  const isReversed = more.length === 0 && surname !== "" && given !== "" && !suffix.test(given);
  return isReversed ? { givenName: given, surname } : nameParts(name);
}

/**
 * Reads the mail's own headers by lower-case name, from the list of pairs that Mailgun makes of them, then from the
 * form.
 */
function headersOf(fields: URLSearchParams): ReadonlyMap<string, readonly string[]> {
  const headers = new Map<string, string[]>();
  const list = listOf(parseLosslessJson(Buffer.from(fields.get("message-headers") ?? "", "utf8")));
  for (const [name, value] of [...list.map(listOf), ...fields]) {
    if (typeof name !== "string" || typeof value !== "string") continue;
    const values = headers.get(name.toLowerCase());
    if (values === undefined) headers.set(name.toLowerCase(), [value.trim()]);
    else values.push(value.trim());
  }
  return headers;
}

function notFromAPerson(address: string, fields: URLSearchParams, header: Header): string | undefined {
  const says = (value: string | undefined, kinds: RegExp): boolean => value !== undefined && kinds.test(value);
  // RFC 3834 section 5: any value except `no` means that no person sent it.
  if (says(header("auto-submitted"), /^(?!no\b)./i)) return "an automatic answer";
  if (says(header("precedence"), /^(bulk|junk|auto_reply)\b/i)) return "an automatic answer";
  if (says(header("x-mailgun-sflag"), /^yes\b/i)) return "marked as spam";
  if (says(fields.get("sender") ?? undefined, /^(<\s*>)?$/) || says(header("return-path"), /^(<\s*>)?$/))
    return "a bounce";
  if (says(header("content-type"), /^multipart\/report\b/i) || address.startsWith("mailer-daemon@")) return "a bounce";
  return undefined;
}

/**
 * Reads the person's text, without the quoted thread below it if Mailgun could tell it apart. Of a mail in HTML alone,
 * the text without the markup counts.
 */
function contentOf(fields: URLSearchParams, files: readonly FormFile[]): ChannelContent {
  const written = (name: string) => (fields.get(name)?.trim() ? fields.get(name) : undefined);
  const html = () => textOfHtml(written("stripped-html") ?? written("body-html") ?? "");
  const text = written("stripped-text") ?? written("body-plain") ?? (html() || fields.get("body-plain"));
  const file = files[0];
  if (text?.trim()) return textContent(text) ?? unsupported();
  if (file !== undefined) return mediaContent("file", { mediaType: file.mediaType, altText: decoded(file.fileName) });
  return text === null ? unsupported(decoded(fields.get("subject") ?? "")) : (textContent(text) ?? unsupported());
}

/**
 * Picks the fields that the content leaves out, without signatures and repetitions. The bytes of attachments are not
 * kept.
 */
function rawOf(fields: URLSearchParams, files: readonly FormFile[]): unknown {
  const headers = ["recipient", "sender", "from", "To", "Cc", "subject", "Date", "In-Reply-To", "References"];
  // These fields replace the files, or the whole mail, if a route stores a mail or forwards it raw.
  const kept = [...headers, "attachments", "body-mime"];
  return storable({
    ...Object.fromEntries(kept.flatMap((name) => (fields.has(name) ? [[name, fields.get(name)]] : []))),
    ...(files.length > 0 ? { attachments: files } : {}),
  });
}
