import { describe, expect, test } from "vitest";
import { locationContent } from "../../../lib/channels/kit/channelContent.ts";

describe("a place on a channel", () => {
  test.each([
    [90, 180],
    [-90, -180],
    [0, 0],
    ["45.5", "-73.5"],
  ])("is anywhere on the globe: %j, %j", (lat, long) => {
    expect(locationContent({ lat, long })).toEqual({
      type: "location",
      coordinates: { lat: Number(lat), long: Number(long) },
    });
  });

  test.each([
    [90.1, 0],
    [-90.1, 0],
    [0, 180.1],
    [0, -180.1],
    [undefined, 0],
    [0, undefined],
    ["north", 0],
    [undefined, undefined],
  ])("is unsupported beyond it or without a coordinate: %j, %j", (lat, long) => {
    expect(locationContent({ lat, long })).toEqual({ type: "unsupported" });
  });

  test("may have a name or an address", () => {
    expect(locationContent({ lat: 1, long: 2, name: "Home" })).toMatchObject({ location: { name: "Home" } });
    expect(locationContent({ lat: 1, long: 2, address: "1 Main St" })).toMatchObject({
      location: { address: "1 Main St" },
    });
  });
});
