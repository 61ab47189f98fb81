import { lookup } from "node:dns/promises";
import { BlockList, isIP, type LookupFunction } from "node:net";
import type { TargetRange } from "./targetRange.ts";

/** An address as `dns.lookup` answers it. */
export interface TargetAddress {
  readonly address: string;
  readonly family: number;
}

/** Resolves a name to all its addresses. */
export type Resolve = (hostname: string) => Promise<readonly TargetAddress[]>;

/** The reasons for which no connection is made. */
export type Refusal = "target not allowed" | "name not resolved";

/**
 * Resolves the host of a target and checks every address that it has: a connection may be made to exactly these. One
 * address that is not allowed refuses the target, since nothing tells which of them a later attempt would take.
 */
export async function checkTarget(
  hostname: string,
  range: TargetRange,
  resolve: Resolve = resolveAll,
): Promise<readonly TargetAddress[] | Refusal> {
  const literal = hostname.replace(/^\[|\]$/g, "");
  const family = isIP(literal);
  const addresses = family > 0 ? [{ address: literal, family }] : await resolve(hostname).catch(() => []);
  if (addresses.length === 0) return "name not resolved";
  return addresses.every(({ address }) => isAllowed(address, range)) ? addresses : "target not allowed";
}

const resolveAll: Resolve = (hostname) => lookup(hostname, { all: true });

/** Answers the checked addresses for any name, all of them or the first, as `net.connect` asks. */
export const pinnedTo =
  (addresses: readonly TargetAddress[]): LookupFunction =>
  (_hostname, { all }, done) => {
    const [first] = addresses;
    if (all) done(null, [...addresses]);
    else done(null, first?.address ?? "", first?.family);
  };

/** Tells whether a connection to an address is allowed. What is no plain address, e.g. one with a zone, is not. */
export function isAllowed(address: string, range: TargetRange): boolean {
  const family = isIP(address);
  if (family === 0 || address.includes("%")) return false;
  const type = family === 4 ? "ipv4" : "ipv6";
  const isIn = (list: BlockList) => list.check(address, type);
  if (isIn(metadata[type])) return false;
  if (range !== "public" && isIn(loopback[type])) return true;
  if (range === "private" && isIn(privateNetworks[type])) return true;
  return family === 4 ? !isIn(special.ipv4) : isIn(globalUnicast) && !isIn(special.ipv6);
}

/** The families apart: a list of both would find an IPv6 address in the ranges of the IPv4 address that it maps. */
const listOf = (type: "ipv4" | "ipv6", ...ranges: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", prefix] = range.split("/");
    list.addSubnet(network, Number(prefix), type);
  }
  return list;
};

const loopback = { ipv4: listOf("ipv4", "127.0.0.0/8"), ipv6: listOf("ipv6", "::1/128") };
const privateNetworks = {
  ipv4: listOf("ipv4", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
  ipv6: listOf("ipv6", "fc00::/7"),
};

/** The metadata services of clouds, which are never a target: also where private networks are allowed. */
const metadata = { ipv4: listOf("ipv4", "169.254.0.0/16", "168.63.129.16/32"), ipv6: listOf("ipv6", "fd00:ec2::/32") };

/**
 * The addresses that are assigned to hosts of the internet. Everything else of IPv6 is refused with that: loopback,
 * unspecified, mapped and translated IPv4 (NAT64), unique local (the metadata service of AWS is among them), link-local,
 * multicast.
 * @see https://www.iana.org/assignments/ipv6-address-space
 */
const globalUnicast = listOf("ipv6", "2000::/3");

/**
 * Networks that are not of the internet, or have another address in theirs.
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry
 * @see https://www.iana.org/assignments/iana-ipv6-special-registry
 */
const special = {
  ipv4: listOf(
    "ipv4",
    // This network, private use, shared by providers (CGNAT), loopback, link-local with the metadata services.
    ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"],
    // Protocol assignments, documentation, AS112, relays of 6to4, private use, benchmarks.
    ...["192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"],
    ...["192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"],
    // Multicast, reserved, broadcast.
    ...["224.0.0.0/4", "240.0.0.0/4"],
  ),
  ipv6: listOf(
    "ipv6",
    // Protocol assignments with Teredo, documentation, 6to4, AS112, documentation.
    ...["2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"],
  ),
};
