import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { SQSBatchResponse } from "aws-lambda";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { apiUrlVariable, variable } from "../../lib/api/environment.ts";
import { eventFilter } from "../../lib/api/eventFilter.ts";
import { matchesFilter } from "../../lib/local/events/matchesFilter.ts";
import { importFunction } from "../../lib/local/server.ts";
import type { ChannelTask } from "../../lib/model/channelCall.ts";
import { newPersonal } from "../support/business.ts";
import { connect, deliver, onlyPerson, type TestIntegration } from "../support/channelPeople.ts";
import { openStream } from "../support/readStream.ts";
import { pathOf, png, startFiledServer } from "../support/startFiledServer.ts";
import { startReceiver } from "../support/startReceiver.ts";
import type { TestApp } from "../support/startTestServer.ts";
import { withItsRights } from "../support/tableAccess.ts";
import { everyItem } from "../support/tableItems.ts";
import { uniqueNumber } from "../support/unique.ts";
import { whatsappChange } from "../support/whatsappPayload.ts";

const provider = await startReceiver();
afterAll(provider.close);
const folder = mkdtempSync(join(tmpdir(), "sunroom-tasks-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
Object.assign(process.env, {
  [variable.channelQueueUrl]: pathToFileURL(folder).href,
  [variable.channelDeadLetterQueueUrl]: pathToFileURL(join(folder, "dead")).href,
  [apiUrlVariable("telegram")]: provider.url,
  [apiUrlVariable("whatsapp")]: `${provider.url}/meta`,
});
const { server, files, erase } = await startFiledServer();
const stream = await openStream(server.endpoint, server.tableName);
afterAll(stream.close);
const anyone = server.as();
beforeEach(() => provider.answer(500));

/** Answers as Telegram does: a path, then a file. */
const telegram = (body: string | Buffer = png, type = "application/octet-stream") => [
  {
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ok: true, result: { file_path: "photos/1" } }),
  },
  { headers: { "content-type": type }, body },
];

/** Delivers a person's photo to a bot; answers the message that it became. */
async function newPhoto(
  app: TestApp,
  bot: TestIntegration,
  more: object = { photo: [{ file_id: "small" }, { file_id: "large" }] },
) {
  const from = { id: uniqueNumber() + 1e9, is_bot: false, first_name: "Zoë" };
  const update = {
    update_id: uniqueNumber(),
    message: { message_id: uniqueNumber(), from, chat: { id: from.id, type: "private" }, date: 1_700_000_000, ...more },
  };
  const reply = await deliver(server, bot, update);
  expect(reply.status).toBe(200);
  return { update, ...(await messageIn(app)) };
}

async function messageIn(app: TestApp) {
  const { conversations, messages, user } = await onlyPerson(server, app);
  const content = messages.at(-1)?.content ?? { type: "none" };
  return {
    content,
    user,
    conversationId: conversations[0]?.id ?? "",
    id: messages.at(-1)?.id ?? "",
    path: pathOf(String(content.mediaUrl)),
  };
}

/** Hands what changed to the Lambda that publishes; answers the tasks that it queued. */
async function publish(): Promise<readonly ChannelTask[]> {
  const Records = (await stream.read()).filter((record) => matchesFilter(record, eventFilter));
  const publishEvents = withItsRights("publishEvents", await importFunction("publishEvents"));
  expect(await publishEvents({ Records }, {})).toEqual({ batchItemFailures: [] });
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .flatMap((name) => {
      const messages: readonly { body: string }[] = JSON.parse(readFileSync(join(folder, name), "utf8"));
      rmSync(join(folder, name));
      return messages.map(({ body }): ChannelTask => JSON.parse(body));
    });
}

/** Hands tasks to the Lambda that does them, each by itself; answers how many are to be done later. */
async function work(tasks: readonly ChannelTask[], received = 1): Promise<number> {
  const callChannels = withItsRights("callChannels", await importFunction("callChannels"));
  let later = 0;
  for (const task of tasks) {
    const record = {
      messageId: task.id,
      receiptHandle: `receipt-${uniqueNumber()}`,
      body: JSON.stringify(task),
      attributes: { ApproximateReceiveCount: String(received) },
    };
    // The answer of a queue's Lambda, by its contract.
    const answer = (await callChannels(
      { Records: [record] },
      { getRemainingTimeInMillis: () => 60_000 },
    )) as SQSBatchResponse;
    later += answer.batchItemFailures.length;
  }
  return later;
}

async function newPhotoApp(more?: object) {
  const app = await server.newApp();
  const bot = await connect(app, "telegram");
  const photo = await newPhoto(app, bot, more);
  return { app, bot, ...photo, tasks: (await publish()).filter(({ appId }) => appId === app.id) };
}

describe("a file that only the channel's API gives", () => {
  test("has its URL at once, which leads nowhere until the file is there", async () => {
    const { content, path, tasks, app, id } = await newPhotoApp();
    expect(content).toEqual({
      type: "image",
      mediaUrl: expect.stringMatching(`^${server.url}/attachments/${app.id}/[0-9a-f]{40}/image$`),
      altText: "image",
    });
    expect(await anyone.get(path)).toMatchObject({ status: 404 });
    expect(tasks).toMatchObject([{ kind: "media", messageId: id, group: id }]);
    provider.answerOnce(...telegram());
    expect(await work(tasks)).toBe(0);
    expect(provider.received.at(-2)?.path).toContain("file_id=large");
    expect(await anyone.get(path)).toMatchObject({
      status: 200,
      text: png.toString(),
      headers: {
        "content-type": "image/png",
        "content-disposition": "inline; filename=\"image.png\"; filename*=UTF-8''image.png",
      },
    });
    expect((await messageIn(app)).content).toEqual(content);
  });

  test("is fetched after the acknowledgement alone, and once", async () => {
    const before = provider.received.length;
    const { tasks, update, bot, app, content } = await newPhotoApp();
    expect(provider.received).toHaveLength(before);
    await deliver(server, bot, update);
    expect((await messageIn(app)).content).toEqual(content);
    expect((await publish()).filter(({ appId }) => appId === app.id)).toEqual([]);
    provider.answerOnce(...telegram());
    await work(tasks);
    await work(tasks);
    expect(provider.received).toHaveLength(before + 2);
    expect(files(app)).toHaveLength(1);
  });

  test("is fetched at a later attempt if the provider fails", async () => {
    const { tasks, path } = await newPhotoApp();
    for (const reaction of [500, "reset"] as const) {
      provider.answerOnce(reaction);
      expect(await work(tasks)).toBe(1);
      expect(await anyone.get(path)).toMatchObject({ status: 404 });
    }
    provider.answerOnce(...telegram());
    expect(await work(tasks, 3)).toBe(0);
    expect(await anyone.get(path)).toMatchObject({ status: 200 });
  });

  test("never comes where the provider refuses, or after a day", async () => {
    const { tasks, path } = await newPhotoApp();
    provider.answerOnce({ status: 400, headers: { "content-type": "application/json" }, body: '{"ok":false}' });
    expect(await work(tasks)).toBe(0);
    expect(await work(tasks.map((task) => ({ ...task, queuedAt: new Date(Date.now() - 864e5).toISOString() })))).toBe(
      0,
    );
    expect(await anyone.get(path)).toMatchObject({ status: 404 });
  });

  test("that the provider does not find is looked for five times", async () => {
    const { tasks } = await newPhotoApp();
    const [path] = telegram();
    for (const [received, later] of [
      [1, 1],
      [4, 1],
      [5, 0],
    ] as const) {
      provider.answerOnce(path ?? 500, 404);
      expect(await work(tasks, received)).toBe(later);
    }
  });

  test("is not stored if it is empty, or a program", async () => {
    const document = { file_id: "d", file_name: "a.exe", mime_type: "image/png" };
    for (const [more, body] of [
      [{ document }, png],
      [{ photo: [{ file_id: "p" }] }, ""],
    ] as const) {
      const { tasks, path, app } = await newPhotoApp(more);
      provider.answerOnce(...telegram(body));
      expect(await work(tasks)).toBe(0);
      expect(await anyone.get(path)).toMatchObject({ status: 404 });
      expect(files(app)).toEqual([]);
    }
  });

  test("keeps its name and its type, and is never served as a page", async () => {
    const document = { file_id: "d", file_name: "../räum.html", mime_type: "text/html; charset=utf-8" };
    const { tasks, path, content } = await newPhotoApp({ document, caption: "look" });
    expect(content).toMatchObject({ type: "file", altText: "../räum.html", text: "look" });
    expect(path).toMatch(/\/r%C3%A4um\.html$/);
    provider.answerOnce(...telegram("<script>"));
    await work(tasks);
    const { headers } = await anyone.get(path);
    expect(headers).toMatchObject({ "content-type": "application/octet-stream", "x-content-type-options": "nosniff" });
    expect(headers["content-disposition"]).toMatch(/^attachment; filename="r_um.html"/);
  });

  test("is not asked for without the field that reading needs", async () => {
    const app = await server.newApp();
    const whatsapp = await connect(app, "whatsapp");
    const before = provider.received.length;
    const image = { id: "1003383421387256", mime_type: "image/jpeg" };
    await deliver(
      server,
      whatsapp,
      whatsappChange({
        messages: [{ from: "15550100", id: "wamid.1", timestamp: "1750269342", type: "image", image }],
      }),
    );
    const tasks = await publish();
    expect(tasks).toMatchObject([{ kind: "media", integrationId: whatsapp.id }]);
    expect(await work(tasks)).toBe(0);
    expect(provider.received).toHaveLength(before);
    expect((await messageIn(app)).content).toMatchObject({
      mediaUrl: expect.stringMatching(/image\.jpg$/),
      mediaType: "image/jpeg",
    });
  });
});

describe("a file whose message is deleted", () => {
  const attachmentsOf = async (app: TestApp) =>
    (await everyItem(server)).filter(({ pk, sk }) => pk.includes(app.id) && sk.startsWith("attachment"));

  test("goes with it", async () => {
    const { app, tasks, conversationId, id, path } = await newPhotoApp();
    provider.answerOnce(...telegram());
    await work(tasks);
    await app.api.delete(`/v2/apps/${app.id}/conversations/${conversationId}/messages/${id}`);
    expect(await anyone.get(path)).toMatchObject({ status: 404 });
    await erase();
    expect(files(app)).toEqual([]);
    expect(await attachmentsOf(app)).toEqual([]);
  });

  test("goes with its user", async () => {
    const { app, tasks, user, path } = await newPhotoApp();
    provider.answerOnce(...telegram());
    await work(tasks);
    await app.api.delete(`/v2/apps/${app.id}/users/${user.id}`);
    expect(await anyone.get(path)).toMatchObject({ status: 404 });
    await erase();
    expect(files(app)).toEqual([]);
    expect(await attachmentsOf(app)).toEqual([]);
  });

  test("is not fetched any more", async () => {
    const { app, tasks, conversationId, id } = await newPhotoApp();
    await app.api.delete(`/v2/apps/${app.id}/conversations/${conversationId}/messages/${id}`);
    const before = provider.received.length;
    expect(await work(tasks)).toBe(0);
    expect(provider.received).toHaveLength(before);
  });

  test("is not left behind if that is while it is fetched", async () => {
    const { app, tasks, conversationId, id } = await newPhotoApp();
    const [told = 500, file = 500] = telegram();
    let fetched = 0;
    provider.answer(async () => {
      if (fetched++ === 0) return told;
      await app.api.delete(`/v2/apps/${app.id}/conversations/${conversationId}/messages/${id}`);
      return file;
    });
    expect(await work(tasks)).toBe(0);
    expect(fetched).toBe(2);
    await erase();
    expect(files(app)).toEqual([]);
    expect(await attachmentsOf(app)).toEqual([]);
  });
});

describe("a file whose message moves to another conversation", () => {
  /** A person's photo, and what links the person to a user with a conversation, to which the photo then moves. */
  async function newMovingPhoto() {
    const app = await server.newApp();
    const whatsapp = await connect(app, "whatsapp", { accessToken: "token" });
    const from = `1514555${String(uniqueNumber()).padStart(4, "0")}`;
    const image = { id: "77", mime_type: "image/png" };
    const messages = [{ from, id: `wamid.${from}`, timestamp: "1750269342", type: "image", image }];
    await deliver(server, whatsapp, whatsappChange({ messages }));
    const { path } = await messageIn(app);
    const tasksOf = async () => (await publish()).filter((task) => task.appId === app.id && task.kind === "media");
    const tasks = await tasksOf();
    const { user, conversationId } = await newPersonal(app);
    const move = async () => {
      const linked = await app.api.post(`/v2/apps/${app.id}/users/${user.id}/clients`, {
        matchCriteria: { type: "whatsapp", integrationId: whatsapp.id, phoneNumber: `+${from}` },
        confirmation: { type: "immediate" },
        target: { conversationId },
      });
      expect(linked.status).toBe(201);
      const listed = await app.api.get(`/v2/apps/${app.id}/conversations/${conversationId}/messages`);
      expect(listed).toMatchObject({ body: { messages: [{ content: { type: "image" } }] } });
    };
    return { app, path, tasks, tasksOf, move, conversationId };
  }
  const url = "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=77";
  const told = { headers: { "content-type": "application/json" }, body: JSON.stringify({ url }) };
  const file = { headers: { "content-type": "image/png" }, body: png };

  test("is fetched there", async () => {
    const { path, tasks, tasksOf, move } = await newMovingPhoto();
    await move();
    expect(await work(tasks)).toBe(0);
    expect(await anyone.get(path)).toMatchObject({ status: 404 });
    provider.answerOnce(told, file);
    expect(await work(await tasksOf())).toBe(0);
    expect(await anyone.get(path)).toMatchObject({ status: 200 });
  });

  test("stays and is deleted there, fetched before or while it moves", async () => {
    for (const isDuring of [false, true]) {
      const { app, path, tasks, tasksOf, move, conversationId } = await newMovingPhoto();
      let fetched = 0;
      provider.answer(async ({ path: asked }) => {
        if (!asked.includes("mid=")) return told;
        if (fetched++ === 0 && isDuring) await move();
        return file;
      });
      await work(tasks);
      expect(fetched).toBe(1);
      if (!isDuring) await move();
      expect(await work(await tasksOf())).toBe(0);
      expect(await anyone.get(path)).toMatchObject({ status: 200 });
      await erase();
      expect(files(app)).toHaveLength(1);
      await app.api.delete(`/v2/apps/${app.id}/conversations/${conversationId}/messages`);
      await erase();
      expect(files(app)).toEqual([]);
    }
  });
});
