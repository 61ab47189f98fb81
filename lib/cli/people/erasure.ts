import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { CommandFailed } from "../failures.ts";
import type { Api, Credentials } from "../server/api.ts";
import { allMessages, allOf } from "../server/pages.ts";
import { segment } from "../server/segment.ts";

/** What became of one person whom an erasure named. It holds ids and numbers alone. */
export interface Erased {
  /** HMAC-SHA256 of the name under the key's secret: who has both recognises it, nobody else can guess it. */
  readonly nameHmac: string;
  readonly outcome: "erased" | "not found" | "failed";
  readonly userId?: string;
  readonly clients?: number;
  readonly conversationIds?: readonly string[];
  readonly messages?: number;
  readonly erasedAt?: string;
  /** What the server still answered after the deletion; empty if nothing. */
  readonly left?: readonly string[];
  readonly error?: string;
}

/** The record of an erasure. */
export interface Erasure {
  readonly server: string;
  readonly appId: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly people: readonly Erased[];
}

/** The record with its proof: a digest for everyone, a signature for who has the key. */
export interface Report {
  readonly erasure: Erasure;
  readonly sha256: string;
  readonly signature: { readonly keyId: string; readonly hmacSha256: string };
}

interface Conversation {
  readonly id: string;
  readonly type: string;
}

/** Deletes one person, and looks for what is left. An answer that refuses it is part of the record. */
export async function erasePerson(api: Api, appId: string, name: string): Promise<Erased> {
  const nameHmac = hmac(api.credentials, name);
  try {
    const base = `/v2/apps/${segment(appId)}`;
    const { user } = await api.get<{ user: { id: string } }>(`${base}/users/${segment(name)}`);
    const clients = await allOf<object>(api, `${base}/users/${user.id}/clients`, "clients");
    const conversations = await allOf<Conversation>(api, `${base}/conversations`, "conversations", {
      "filter[userId]": user.id,
    });
    let messages = 0;
    for (const { id, type } of conversations) {
      const all = (await allMessages(api, `${base}/conversations/${id}`)) as readonly Message[];
      messages += type === "personal" ? all.length : all.filter((one) => isBy(one, user.id)).length;
    }
    await api.delete(`${base}/users/${user.id}`);
    const conversationIds = conversations.map(({ id }) => id);
    const left = await leftOf(api, appId, { userId: user.id, conversationIds });
    const counted = { clients: clients.length, conversationIds, messages, erasedAt: new Date().toISOString() };
    return { nameHmac, outcome: left.length === 0 ? "erased" : "failed", userId: user.id, ...counted, left };
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    return error.status === 404
      ? resumeErasure(api, appId, name)
      : { nameHmac, outcome: "failed", error: error.message };
  }
}

/**
 * Finishes a deletion that was interrupted, of a user that no request finds any more. A name with a slash may be another
 * path below a user, which must not be deleted instead.
 */
async function resumeErasure(api: Api, appId: string, name: string): Promise<Erased> {
  const nameHmac = hmac(api.credentials, name);
  try {
    if (name.includes("/")) return { nameHmac, outcome: "not found" };
    await api.delete(`/v2/apps/${segment(appId)}/users/${segment(name)}`);
    return { nameHmac, outcome: "erased", erasedAt: new Date().toISOString() };
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    return error.status === 404
      ? { nameHmac, outcome: "not found" }
      : { nameHmac, outcome: "failed", error: error.message };
  }
}

interface Message {
  readonly author?: { readonly userId?: string };
}
const isBy = ({ author }: Message, userId: string): boolean => author?.userId === userId;

/** Lists what a server still answers of a person: the user, its conversations, and in groups its messages. */
export async function leftOf(
  api: Api,
  appId: string,
  { userId, conversationIds = [] }: Pick<Erased, "userId" | "conversationIds">,
): Promise<readonly string[]> {
  if (userId === undefined) return [];
  const base = `/v2/apps/${segment(appId)}`;
  const left = (await exists(api, `${base}/users/${userId}`)) ? [`user ${userId}`] : [];
  for (const id of conversationIds) {
    const path = `${base}/conversations/${id}`;
    const found = await findOrNone(() => api.get<{ conversation: Conversation }>(path));
    if (found === undefined) continue;
    const messages = (await allMessages(api, path)) as readonly Message[];
    if (found.conversation.type === "personal" || messages.some((one) => isBy(one, userId)))
      left.push(`conversation ${id}`);
  }
  return left;
}

const exists = async (api: Api, path: string): Promise<boolean> =>
  (await findOrNone(() => api.get(path))) !== undefined;

/** Answers what is found, `undefined` if the server knows no such thing. */
async function findOrNone<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof CommandFailed && error.status === 404) return undefined;
    throw error;
  }
}

/** Adds the proof to a record. */
export function sign(erasure: Erasure, key: Credentials): Report {
  const text = JSON.stringify(erasure);
  return {
    erasure,
    sha256: createHash("sha256").update(text).digest("hex"),
    signature: { keyId: key.id, hmacSha256: hmac(key, text) },
  };
}

/** @throws CommandFailed if a report is not as it was signed with this key */
export function checkProof(report: Report, key: Credentials): void {
  const { sha256, signature } = sign(report.erasure, key);
  if (report.sha256 !== sha256) throw new CommandFailed("The report was changed: its digest is another.");
  if (report.signature?.keyId !== key.id)
    throw new CommandFailed(`The report is signed with the key ${report.signature?.keyId}; give that one.`);
  if (!isSame(report.signature.hmacSha256, signature.hmacSha256))
    throw new CommandFailed("The report was not signed with this key.");
}

const hmac = ({ secret }: Credentials, text: string): string => createHmac("sha256", secret).update(text).digest("hex");

const isSame = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
