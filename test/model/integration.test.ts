import { expect, test } from "vitest";
import { isChannelType } from "../../lib/model/channel.ts";
import { isSdkType } from "../../lib/model/integration.ts";

test.each([
  ["web", true, false],
  ["ios", true, false],
  ["android", true, false],
  ["unity", true, false],
  ["whatsapp", false, true],
  ["line", false, true],
  ["custom", false, false],
  ["", false, false],
])("%j: of an SDK %j, of a channel %j", (type, sdk, channel) => {
  expect([isSdkType(type), isChannelType(type)]).toEqual([sdk, channel]);
});
