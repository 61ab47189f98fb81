import { randomBytes, timingSafeEqual } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { WireRequest } from "../gateway.ts";
import { answerOf, type Fields, json, readFields } from "../localAction.ts";
import { isOfProgram, isToThisMachine, valuesOf } from "../ownPage.ts";
import type { Page } from "../server.ts";

/** Where the test-control API begins; no route of the API does. */
const controlPath = "/local/control/";
/** The header of the token. */
const tokenHeader = "x-sunroom-control";

/** A call of the test-control API: answers what is answered in JSON. */
export type ControlCall = (fields: Fields, request: WireRequest) => object | Promise<object>;

/** The calls by method and name, such as `POST reset`. */
export type ControlCalls = Readonly<Record<string, ControlCall>>;

/** Makes the token of a start, which only who may read this process's files or its output knows. */
export const newControlToken = (): string => randomBytes(24).toString("base64url");

/**
 * Writes the address and the token into the data directory, for programs of the same user; answers a function that
 * deletes the note.
 */
export function noteControl(
  dataDirectory: string,
  control: { readonly url: string; readonly token: string },
): () => void {
  const file = join(dataDirectory, "control.json");
  // One of a server that was killed may be there, with whatever rights.
  rmSync(file, { force: true });
  writeFileSync(file, `${JSON.stringify({ ...control, url: control.url + controlPath })}\n`, { mode: 0o600 });
  return () => rmSync(file, { force: true });
}

/** Who may call the test-control API. */
export interface ControlAccess {
  readonly token: string;
  /** Whether programs of other machines may, too: where an address for them and the token were both given. */
  readonly fromElsewhere: boolean;
}

/**
 * Answers the test-control API: to programs that call this machine by its own name and give the token, and what is
 * `open` to those without one, too.
 */
export function controlPage(
  { token, fromElsewhere }: ControlAccess,
  calls: ControlCalls,
  open: Readonly<Record<string, Page>>,
): Page {
  return async (request) => {
    const name = nameOf(request);
    const page = open[name];
    if (page) return page(request);
    if (!(isToThisMachine(request) || (fromElsewhere && isOfProgram(request))))
      return json(403, {
        message: "This is for programs of this machine alone, unless --host and SUNROOM_CONTROL_TOKEN are given.",
      });
    if (!valuesOf(request, tokenHeader).some((given) => isEqual(given, token)))
      return json(401, { message: `The header ${tokenHeader} has to be the token of this start: see control.json.` });
    const call = calls[name];
    if (!call) return json(404, { message: `There is no ${name} here, only ${listed(calls, open)}.` });
    return answerOf(readFields(request), (fields) => call(fields, request));
  };
}

/** Names the call that a request is for. */
const nameOf = ({ method, target }: WireRequest): string =>
  `${method} ${(target.split("?")[0] ?? "").slice(controlPath.length)}`;

const listed = (...all: readonly object[]): string => all.flatMap(Object.keys).sort().join(", ");

/** Compares in a time that does not depend on the place of a difference. */
function isEqual(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
