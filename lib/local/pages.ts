import { createHash, createHmac, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type ChannelRequest, type ChannelType, channelTypes, isChannelType } from "../model/channel.ts";
import { webhookTriggers } from "../model/events/webhook.ts";
import { now } from "../model/sources/clock.ts";
import { channelSample, channelSamples } from "./channelSamples.ts";
import { deliveryOf } from "./deliveryIn.ts";
import type { Demo } from "./demo.ts";
import type { WireRequest } from "./gateway.ts";
import { BadInput, type Fields, json, localAction, textOf, textsOf } from "./localAction.ts";
import { isFromOwnPage, isFromProgram, isToThisMachine } from "./ownPage.ts";
import type { Page } from "./server.ts";

export interface PageSettings {
  readonly demo: Demo;
  /** Builds the web SDK: its files by name. Called at the first request for one. */
  readonly bundleSdk: () => Promise<ReadonlyMap<string, string>>;
  /** Finds the ids of the users of a stored delivery to this integration. */
  readonly findPeople: (integrationId: string, delivery: ChannelRequest) => Promise<readonly string[]>;
}

/** The files of the pages. */
const ownFiles = [
  ...[
    "chat",
    "chatLines",
    "deliveries",
    "demo",
    "events",
    "exchanges",
    "lit",
    "page",
    "records",
    "skip",
    "userViews",
    "ways",
  ],
  ...["apps", "chats", "deadLetters", "events", "inspector", "parts", "reading", "requests", "users"].map(
    (name) => `inspector/${name}`,
  ),
  ...["credentials", "docs", "operation", "schema"].map((name) => `docs/${name}`),
].map((name) => `${name}.js`);
const ownOthers = ["docs/docs.css", "icon.svg", "inspector/inspector.css", "page.css"];

/** The files of lit-html, by which the pages draw what changes. */
const litFiles = ["lit-html.js", "directive.js", "directive-helpers.js", "directives/repeat.js"];

/**
 * Makes the pages that are served beside the API, for this machine only: the page at `/`, the documentation, the SDK,
 * and the pages' actions.
 */
export function localPages(settings: PageSettings): {
  readonly pages: Readonly<Record<string, Page>>;
  readonly actions: Readonly<Record<string, Page>>;
} {
  return {
    pages: {
      "/": servedFile(ownFile("index.html"), withChoices),
      "/docs": servedFile(ownFile("docs.html")),
      ...Object.fromEntries([...ownFiles, ...ownOthers].map((name) => [`/local/${name}`, servedFile(ownFile(name))])),
      ...Object.fromEntries(litFiles.map((name) => [`/local/lit-html/${name}`, servedFile(ofLit(name))])),
      ...sdkFiles(settings.bundleSdk),
    },
    actions: {
      "/local/demo": localAction(isFromOwnPage, ({ port }) => settings.demo.app(port)),
      "/local/token": localAction(isFromOwnPage, async ({ port }, fields) => {
        const externalId = textOf(fields, "externalId");
        const { key } = await settings.demo.app(port);
        return { token: userToken(key, externalId) };
      }),
      "/local/delivery": localAction(isFromOwnPage, (request, fields) => signedSample(request, fields, settings.demo)),
      "/local/person": localAction(isFromOwnPage, async (request, fields) => {
        const [path, headers, body] = [textOf(fields, "path"), textsOf(fields, "headers"), textOf(fields, "body")];
        const { integrationId, delivery } = deliveryOf(request, { path, headers, body });
        return { userId: (await settings.findPeople(integrationId, delivery))[0] };
      }),
      "/local/receiver": receiver,
    },
  };
}

/** Finds a file of the pages: beside this file's folder in a clone, and beside the chunks in the package. */
const ownFile = (name: string) => new URL(`../local/page/${name}`, import.meta.url);

/** Finds a file of lit-html as a browser gets it: the package has a copy of its own. */
function ofLit(name: string): URL {
  const copy = ownFile(`lit-html/${name}`);
  if (existsSync(copy)) return copy;
  // Under the conditions of Node it resolves to a folder with another form, for servers.
  return new URL(name, import.meta.resolve("lit-html").replace(/(node\/)?lit-html\.js$/, ""));
}

const types: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** A policy without foreign sources, with only the scripts and styles served here, and without framing. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join("; ");

const common = [
  ["cache-control", "no-cache"],
  ["x-content-type-options", "nosniff"],
] as const;

/** The channels to choose from. */
const channelOptions = Object.entries(channelSamples)
  .map(([type, { label }]) => `<option value="${type}">${label}</option>`)
  .join("");

/** Writes into the page at `/` what there is to choose from: the channels, and all events of a webhook. */
const withChoices = (html: string): string =>
  html.replace("<!-- channels -->", channelOptions).replace("<!-- triggers -->", webhookTriggers.join(" "));

/** Serves a file as it is on the disk, so that a change of it needs no restart. */
function servedFile(file: URL, change: (text: string) => string = (text) => text): Page {
  const headers = [
    ["content-type", types[file.pathname.split(".").pop() ?? ""] ?? "application/octet-stream"],
    ["content-security-policy", policy],
    ["referrer-policy", "same-origin"],
    ...common,
  ] as const;
  return async (request) =>
    isToThisMachine(request)
      ? { status: 200, headers, body: Buffer.from(change(await readFile(fileURLToPath(file), "utf8"))) }
      : json(403, { message: "This page is for a browser on the machine that serves it, at http://localhost." });
}

/** Serves the SDK to any page anywhere: a module is fetched with CORS. */
function sdkFiles(bundleSdk: PageSettings["bundleSdk"]): Readonly<Record<string, Page>> {
  let bundled: Promise<ReadonlyMap<string, string>> | undefined;
  const serve =
    (name: string): Page =>
    async () => {
      bundled ??= bundleSdk();
      const text = await bundled.catch((error: unknown) => {
        bundled = undefined;
        throw error;
      });
      return {
        status: 200,
        headers: [["content-type", types.js ?? ""], ["access-control-allow-origin", "*"], ...common],
        body: Buffer.from(text.get(name) ?? ""),
      };
    };
  return { "/sdk/smooch.js": serve("smooch.js"), "/sdk/index.js": serve("index.js") };
}

/** Takes the events of a webhook, so that one can be tried without a server of one's own. It keeps nothing. */
const receiver: Page = (request) =>
  isFromProgram(request)
    ? json(200, { message: "The page's own receiver took it." })
    : json(403, { message: "Only this server sends events here." });

/** Signs the token that a business's server hands to its page for a user it has signed in itself, valid for an hour. */
function userToken(key: { readonly id: string; readonly secret: string }, externalId: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { scope: "user", external_id: externalId, exp: Math.floor(now().getTime() / 1000) + 3600 };
  const signed = `${part({ alg: "HS256", typ: "JWT", kid: key.id })}.${part(claims)}`;
  return `${signed}.${createHmac("sha256", key.secret).update(signed).digest("base64url")}`;
}

/** Makes a text message as the channel would deliver it. The same name is the same person. */
async function signedSample(request: WireRequest, fields: Fields, demo: Demo) {
  const type = textOf(fields, "channel");
  if (!isChannelType(type)) throw new BadInput(`The channel has to be one of ${channelTypes.join(", ")}.`);
  const name = textOf(fields, "name");
  const person = { id: idOn(type, name), name, text: textOf(fields, "text"), messageId: randomUUID() };
  const { channel } = await demo.channel(request.port, type);
  const publicUrl = channel.webhookUrl;
  const signed = channelSample(type, { credentials: channel.credentials, publicUrl, now: now(), person });
  // If `PUBLIC_URL` has a path, a proxy removes it before this server.
  return { ...signed, path: `/webhooks/${channel.id}${new URL(publicUrl).search}` };
}

/** Derives a person's id on a channel from a name; ids of digits are shorter if they are telephone numbers. */
function idOn(type: ChannelType, name: string): string {
  const hash = createHash("sha256").update(name).digest("hex");
  if (type === "line") return `U${hash.slice(0, 32)}`;
  if (type === "messenger" || type === "instagram") return BigInt(`0x1${hash.slice(0, 13)}`).toString();
  if (type === "mailgun")
    return (
      name
        .toLowerCase()
        .match(/[a-z0-9]+/g)
        ?.join(".") ?? hash.slice(0, 12)
    );
  return hash;
}
