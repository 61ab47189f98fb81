import { describe, expect, test } from "vitest";
import { readEnvironment } from "../../lib/api/environment.ts";

const read = (source: Readonly<Record<string, string>>) => readEnvironment({ TABLE_NAME: "table", ...source });
const local = { DYNAMODB_ENDPOINT: "http://127.0.0.1:8000" };

describe("the hosts to which channels' APIs are pointed", () => {
  test("are none where nothing is set, or an empty text", () => {
    expect(read({}).channelApiUrls).toEqual({});
    expect(read({ TELEGRAM_API_URL: "" }).channelApiUrls).toEqual({});
  });

  test("are one a channel, without a slash at the end", () => {
    const TELEGRAM_API_URL = "https://proxy.example.org/telegram/";
    expect(read({ TELEGRAM_API_URL, LINE_API_URL: "https://proxy.example.org" }).channelApiUrls).toEqual({
      telegram: "https://proxy.example.org/telegram",
      line: "https://proxy.example.org",
    });
  });

  test.each(["http://proxy.example.org", "http://127.0.0.1:1/outbox", "https://localhost/x", "https://[::1]"])(
    "may be %s on the local server, and not on AWS",
    (TWILIO_API_URL) => {
      expect(read({ ...local, TWILIO_API_URL }).channelApiUrls).toEqual({ twilio: TWILIO_API_URL });
      expect(() => read({ TWILIO_API_URL })).toThrow(
        "The environment variable TWILIO_API_URL must be an https: URL of another machine, except on the local server.",
      );
    },
  );

  test.each(["proxy.example.org", "ftp://x", "https://x/?a=1", "https://x/#a", "https://user:word@x", "https://"])(
    "are never %s",
    (VIBER_API_URL) => {
      expect(() => read({ ...local, VIBER_API_URL })).toThrow(
        "The environment variable VIBER_API_URL must be a base URL like https://proxy.example.org/telegram.",
      );
    },
  );
});

test("the queues of tasks at channels are read by their names", () => {
  const urls = { CHANNEL_QUEUE_URL: "file:///tasks", CHANNEL_DEAD_LETTER_QUEUE_URL: "file:///dead" };
  expect(read(urls).channelQueue).toEqual({ tasks: "file:///tasks", dead: "file:///dead" });
  expect(read({}).channelQueue).toEqual({ tasks: undefined, dead: undefined });
});
