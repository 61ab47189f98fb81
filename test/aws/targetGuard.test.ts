import { describe, expect, test } from "vitest";
import { checkTarget, isAllowed, type TargetAddress } from "../../lib/aws/targetGuard.ts";
import { readTargetRange } from "../../lib/aws/targetRange.ts";

const publicAddresses = [
  ...["1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255"],
  ...["128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255"],
  ...["192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255"],
  ...["2606:4700::1111", "2001:4860:4860::8888", "2a00:1450:4001::1", "2001:200::1"],
];
const loopback = ["127.0.0.1", "127.255.255.255", "::1"];
const privateAddresses = [
  ...["10.0.0.0", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255"],
  ...["fc00::1", "fd12:3456::1", "fdff:ffff::1"],
];
const neverAllowed = [
  // Unspecified, this network, broadcast, reserved.
  ...["0.0.0.0", "0.1.2.3", "255.255.255.255", "240.0.0.1", "::"],
  // The metadata services of clouds, by each of their addresses; link-local.
  ...["169.254.169.254", "169.254.170.2", "169.254.0.1", "168.63.129.16", "100.100.100.200", "192.0.0.192"],
  ...["fd00:ec2::254", "fd00:ec2::23", "fe80::1", "fe80::a9fe:a9fe", "febf::1"],
  // Shared by providers, protocol assignments, documentation, benchmarks, relays, multicast.
  ...["100.64.0.1", "100.127.255.255", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.19.255.255", "198.51.100.1"],
  ...["203.0.113.1", "192.88.99.1", "224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"],
  ...["2001:db8::1", "3fff::1", "100::1", "fec0::1"],
  // IPv4 within IPv6: mapped, compatible, translated (NAT64, local too), 6to4, Teredo, ISATAP on a link.
  ...["::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:8.8.8.8"],
  ...["::127.0.0.1", "::7f00:1", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1"],
  ...["2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:4136:e378::1", "fe80::5efe:127.0.0.1"],
  // No addresses as `dns.lookup` answers them.
  ...["", "localhost", "127.1", "0x7f.0.0.1", "2130706433", "0177.0.0.1", "1.1.1.1%eth0", "fe80::1%eth0", "2606::1%lo"],
];

describe("a target", () => {
  test.each(publicAddresses)("at the public address %s is allowed, whatever else is", (address) => {
    expect([isAllowed(address, "public"), isAllowed(address, "loopback"), isAllowed(address, "private")]).toEqual([
      true,
      true,
      true,
    ]);
  });

  test.each(loopback)("at %s is allowed where this machine is", (address) => {
    expect([isAllowed(address, "public"), isAllowed(address, "loopback"), isAllowed(address, "private")]).toEqual([
      false,
      true,
      true,
    ]);
  });

  test.each(privateAddresses)("at %s is allowed where private networks are", (address) => {
    expect([isAllowed(address, "public"), isAllowed(address, "loopback"), isAllowed(address, "private")]).toEqual([
      false,
      false,
      true,
    ]);
  });

  test.each(neverAllowed)("at %j is never allowed", (address) => {
    expect([isAllowed(address, "public"), isAllowed(address, "loopback"), isAllowed(address, "private")]).toEqual([
      false,
      false,
      false,
    ]);
  });

  test.each([
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://169.254.169.254/latest/meta-data",
    "http://①②⑦.0.0.1/",
  ])("of the form %s is read as a browser reads it, and refused", async (target) => {
    const never = async () => expect.unreachable("an address is not resolved");
    expect(await checkTarget(new URL(target).hostname, "public", never)).toBe("target not allowed");
  });

  test("is refused if one of its addresses is not allowed, and given all of them otherwise", async () => {
    const named = (...addresses: readonly string[]) =>
      checkTarget("receiver.example", "public", async () =>
        addresses.map((address): TargetAddress => ({ address, family: address.includes(":") ? 6 : 4 })),
      );
    expect(await named("1.1.1.1", "10.0.0.1")).toBe("target not allowed");
    expect(await named("2606:4700::1111", "::1")).toBe("target not allowed");
    expect(await named("1.1.1.1", "2606:4700::1111")).toEqual([
      { address: "1.1.1.1", family: 4 },
      { address: "2606:4700::1111", family: 6 },
    ]);
  });

  test("without an address is not resolved, whether the name service fails or answers none", async () => {
    expect(await checkTarget("receiver.example", "public", async () => [])).toBe("name not resolved");
    expect(await checkTarget("receiver.example", "public", () => Promise.reject(new Error("ENOTFOUND")))).toBe(
      "name not resolved",
    );
  });

  test("by the machine's own name service is found, too", async () => {
    expect(await checkTarget("localhost", "public")).toBe("target not allowed");
    expect(await checkTarget("localhost", "loopback")).toEqual(
      expect.arrayContaining([expect.objectContaining({ address: expect.stringMatching(/^(127\.0\.0\.1|::1)$/) })]),
    );
  });
});

describe("the setting of the allowed targets", () => {
  test("is public addresses if there is none, and nothing but the two that there are", () => {
    expect([undefined, "", "loopback", "private"].map(readTargetRange)).toEqual([
      "public",
      "public",
      "loopback",
      "private",
    ]);
    expect(() => readTargetRange("all")).toThrow("loopback");
  });
});
