import type { AccountKey } from "../accountKey.ts";
import type { WireRequest, WireResponse } from "../gateway.ts";
import type { Fields } from "../localAction.ts";
import { type ClockAndIdsControl, fixedIds, seededIds } from "./clockAndIds.ts";
import type { SeedCall } from "./seed.ts";

export interface SeedCallerSettings {
  readonly accountKey: AccountKey;
  /** The URL of this server. */
  readonly url: () => string;
  readonly call: (request: WireRequest) => Promise<WireResponse>;
  readonly ids: Pick<ClockAndIdsControl, "within">;
}

/** Makes calls within this process whose ids follow from a text, so that a seed makes the same at each start. */
export function seedCaller({ accountKey, url, call, ids }: SeedCallerSettings, text: string): SeedCall {
  let made = 0;
  const others = seededIds(text, () => made++);
  const authorization = `Basic ${Buffer.from(`${accountKey.id}:${accountKey.secret}`).toString("base64")}`;
  return async (path, body, fixed = {}) => {
    const { host, port } = new URL(url());
    const request: WireRequest = {
      ...{ method: "POST", target: path, httpVersion: "1.1", sourceIp: "127.0.0.1", port: Number(port) },
      rawHeaders: ["host", host, "authorization", authorization, "content-type", "application/json"],
      body: Buffer.from(JSON.stringify(body)),
    };
    const answer = await ids.within(fixedIds(fixed, others), () => call(request));
    return { status: answer.status, body: readJson(answer.body) };
  };
}

/** Reads an answer of the API: an object, in JSON. */
function readJson(body: Buffer): Fields {
  try {
    return JSON.parse(body.toString());
  } catch {
    return {};
  }
}
