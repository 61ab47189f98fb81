import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { formOf, jsonOf } from "../../../lib/channels/kit/sampleText.ts";
import { channelSamples, signedDelivery } from "../../../lib/local/channelSamples.ts";
import type { ChannelType, Credentials } from "../../../lib/model/channel.ts";
import { type Caller, caller } from "../../support/caller.ts";
import { type LocalProcess, startLocal } from "../../support/startLocal.ts";

let directory: string;
let local: LocalProcess;
let url: string;
let account: Caller;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "sunroom-files-"));
  local = await startLocal(directory);
  url = /ready at (\S+)/.exec(local.stdout())?.[1] ?? "";
  const [, id = ""] = /key id +(\S+)/.exec(local.stdout()) ?? [];
  const [, secret = ""] = /key secret +(\S+)/.exec(local.stdout()) ?? [];
  account = caller(url, { id, secret });
});
afterAll(async () => {
  local.kill("SIGTERM");
  await local.exited;
  rmSync(directory, { recursive: true, force: true });
});

interface Integration {
  readonly integration: Credentials & { readonly id: string; readonly webhookUrl: string };
}

interface Records {
  readonly conversations: readonly { readonly id: string }[];
}

interface Said {
  readonly messages: readonly { readonly content: { readonly mediaUrl?: string } }[];
}

/** Puts an image in the place of the text in a channel's sample of a message. */
const withImage: Partial<Record<ChannelType, (payload: string) => string>> = {
  line: (payload) => payload.replace(/"message":\{[^}]*\}/, `"message":${JSON.stringify(lineImage)}`),
  telegram: (payload) => payload.replace(/"text":"[^"]*"/, '"photo":[{"file_id":"f1","width":1,"height":1}]'),
  twilio: (payload) => {
    const form = new URLSearchParams(payload);
    form.set("NumMedia", "1");
    form.set("MediaContentType0", "image/png");
    form.set("MediaUrl0", `https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1`);
    return form.toString();
  },
  whatsapp: (payload) =>
    payload
      .replace(/"text":\{[^}]*\}/, '"image":{"id":"9001","mime_type":"image/png"}')
      .replace('"type":"text"', '"type":"image"'),
};
const lineImage = { id: "325708", type: "image", contentProvider: { type: "line" } };

test.each(Object.entries(withImage))(
  "a file that a person sends on %s is there, by what its API answers",
  async (type, change) => {
    const channel = type as ChannelType;
    const { app } = (await account.post<{ app: { id: string } }>("/v2/apps", { displayName: "Files" })).body;
    const fields = { type, ...channelSamples[channel].demoFields() };
    const made = await account.post<Integration>(`/v2/apps/${app.id}/integrations`, fields);
    const { webhookUrl, ...credentials } = made.body.integration;
    const target = { credentials, publicUrl: webhookUrl, now: new Date() };
    const person = { id: "15550100", name: "Jo", text: "Hi", messageId: "7000000000000001" };
    const written = channelSamples[channel].write(person, target);
    const text = channel === "twilio" ? formOf(written).toString() : jsonOf(written);
    const { path, headers, body } = signedDelivery(channel, change?.(text) ?? "", target);
    expect((await caller(url).send("POST", path, { headers, body })).status).toBe(200);
    const { conversations } = (await account.get<Records>(`/local/inspector/records?appId=${app.id}&search=`)).body;
    const messages = `/v2/apps/${app.id}/conversations/${conversations[0]?.id}/messages`;
    const { content } = (await account.get<Said>(messages)).body.messages[0] ?? {};
    expect(content).toMatchObject({ type: "image", mediaUrl: expect.stringContaining(`${url}/attachments/`) });
    const bytes = await vi.waitFor(
      async () => {
        const answer = await fetch(content?.mediaUrl ?? "");
        expect([type, answer.status]).toEqual([type, 200]);
        return answer.arrayBuffer();
      },
      { timeout: 60_000, interval: 200 },
    );
    expect(bytes.byteLength).toBe(58);
  },
);
