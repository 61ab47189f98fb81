import { isIP } from "node:net";
import { hostname } from "node:os";
import { ownAnswer, type WireRequest, type WireResponse } from "../gateway.ts";
import { StartError } from "../startError.ts";
import { startCommand } from "./startCommand.ts";

/** The environment variable that lists hosts as `--allow-host` does, apart by commas. */
export const allowedHostsVariable = "SUNROOM_ALLOWED_HOSTS";

/** The names by which Docker and Podman let a container reach the machine that it runs on. */
const namesOfMachine = ["host.docker.internal", "host.containers.internal"] as const;

/**
 * Reads the hosts that may be asked for, each a name such as `sunroom`, or `.example.org` for all names below that one.
 * @throws StartError for what is no host name
 */
export function readAllowedHosts(given: readonly string[], listed = ""): readonly string[] {
  const ofVariable = listed.split(",").map((name) => name.trim());
  for (const [names, source] of [[given, "--allow-host"] as const, [ofVariable, allowedHostsVariable] as const])
    for (const name of names)
      if (name !== "" && !/^\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i.test(name))
        throw new StartError(`${source} is "${name}", which is no host name like sunroom or .example.org.`);
  return [...given, ...ofVariable].filter((name) => name !== "").map((name) => name.toLowerCase());
}

/**
 * Makes the refusal of requests that name a host which is not allowed. A page elsewhere can let a name of its own lead
 * to this server's address (DNS rebinding) and then read its answers, but not without that name in `Host`. Addresses are
 * no names, so they are allowed, and so are the machine's own names.
 */
export function hostRefusal(
  allowed: readonly string[],
  publicUrl?: string,
): (request: WireRequest) => WireResponse | undefined {
  const own = [hostname(), ...namesOfMachine, ...(publicUrl === undefined ? [] : [new URL(publicUrl).hostname])];
  const names = [...own.map((name) => name.toLowerCase()), "localhost", ".localhost", ...allowed];
  return ({ rawHeaders }) => {
    const given = rawHeaders.filter((_, index) => rawHeaders[index - 1]?.toLowerCase() === "host" && index % 2 === 1);
    const name = given.length === 1 ? nameIn(given[0] ?? "") : undefined;
    return name !== undefined && isAllowed(name, names) ? undefined : refused(name);
  };
}

/** Reads a `Host` without its port; `undefined` if it has no such form. */
function nameIn(host: string): string | undefined {
  const [, name] = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d+)?$/i.exec(host) ?? [];
  return name
    ?.toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "");
}

const isAllowed = (name: string, names: readonly string[]): boolean =>
  isIP(name) !== 0 || names.some((one) => (one.startsWith(".") ? name.endsWith(one) : name === one));

const refused = (name: string | undefined): WireResponse =>
  name === undefined
    ? ownAnswer(403, "The request has to name one host.")
    : ownAnswer(
        403,
        `The host "${name}" is not allowed here: "${startCommand("--host", "…", "--allow-host", name)}" or ${allowedHostsVariable}=${name} allows it.`,
      );
