import { createHmac } from "node:crypto";
import { type Key, keysPath } from "../apps/keyCommands.ts";
import type { Command, Invocation } from "../command.ts";
import { CommandFailed, UsageError } from "../failures.ts";
import type { Credentials } from "../server/api.ts";

/** Seconds that a token is valid by default. */
const defaultLifetime = 3600;

export const tokenCommand: Command = {
  name: "token",
  summary: "Sign a token for the Messaging SDK's login, to try things with",
  parameters: ["<externalId>"],
  options: {
    "expires-in": { value: "seconds", summary: `How long it is good for; ${defaultLifetime}, if it is not given` },
    email: { value: "address", summary: "An e-mail address that counts as verified" },
    name: { value: "name", summary: "The person's name" },
  },
  inApp: true,
  notes: [
    "Signed with the app's first key, or with the key of the app that is given. Your own server signs them in production.",
  ],
  examples: ["token jane@example.org", "token jane@example.org --expires-in 60 --json"],
  run: async (invocation) => {
    const [externalId = ""] = invocation.parameters;
    if (externalId === "") throw new UsageError("A token is for somebody with an externalId.");
    const key = await signingKey(invocation);
    const issued = Math.floor(Date.now() / 1000);
    const expires = issued + readLifetime(invocation.text("expires-in"));
    const token = signToken(key, {
      scope: "user",
      external_id: externalId,
      ...(invocation.text("email") === undefined ? {} : { email: invocation.text("email"), email_verified: true }),
      ...(invocation.text("name") === undefined ? {} : { name: invocation.text("name") }),
      iat: issued,
      exp: expires,
    });
    return { json: { token, externalId, keyId: key.id, expiresAt: new Date(expires * 1000) }, text: token };
  },
};

/** Picks the caller's key if it belongs to the app, since then it may not list others; else the app's first. */
async function signingKey({ api, appId }: Invocation): Promise<Credentials> {
  const { credentials, get } = api();
  if (credentials.id.startsWith("app_")) return credentials;
  const app = await appId();
  const { keys } = await get<{ keys: Key[] }>(keysPath(app));
  if (!keys[0]) throw new CommandFailed(`The app ${app} has no key to sign with; make one with sunroom key create.`);
  return keys[0];
}

function readLifetime(text: string | undefined): number {
  if (text !== undefined && !/^[1-9]\d{0,9}$/.test(text))
    throw new UsageError(`--expires-in is "${text}", which is no number of seconds.`);
  return text === undefined ? defaultLifetime : Number(text);
}

/** Signs a JWT with HS256 by a key, with its id as `kid`. RFC 7519. */
function signToken(key: Credentials, claims: object): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const signed = `${encode({ alg: "HS256", typ: "JWT", kid: key.id })}.${encode(claims)}`;
  return `${signed}.${createHmac("sha256", key.secret).update(signed).digest("base64url")}`;
}
