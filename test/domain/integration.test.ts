import { describe, expect, test } from "vitest";
import { isChannelType } from "../../lib/domain/channel.ts";
import { type Integration, isSdkType, publicIntegration } from "../../lib/domain/integration.ts";

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

describe("an integration", () => {
  const integration: Integration = {
    id: "1",
    appId: "app",
    type: "line",
    status: "active",
    displayName: "Line",
    fields: { channelSecret: "s", channelId: "i", unknown: 1 },
  };
  const specification = { channelSecret: { secret: true }, channelId: {} };
  const shown = { id: "1", type: "line", status: "active", displayName: "Line", channelId: "i", unknown: 1 };

  test("shows its secrets only when asked to", () => {
    expect(publicIntegration(integration, specification, { secrets: false })).toEqual(shown);
    expect(
      publicIntegration(integration, specification, { secrets: true, webhookUrl: "https://example.com/" }),
    ).toEqual({
      ...shown,
      channelSecret: "s",
      webhookUrl: "https://example.com/",
    });
  });
});
