import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { DynamoDBBatchResponse } from "aws-lambda";
import { afterAll, expect } from "vitest";
import { variable } from "../../lib/api/environment.ts";
import { attachmentFilter } from "../../lib/api/eventFilter.ts";
import { matchesFilter } from "../../lib/local/events/matchesFilter.ts";
import { importFunction } from "../../lib/local/server.ts";
import type { Reply } from "./caller.ts";
import { openStream } from "./readStream.ts";
import { startTestServer, type TestApp } from "./startTestServer.ts";
import { withItsRights } from "./tableAccess.ts";

/** A part of a form; one with a file name is a file. */
export interface TestPart {
  readonly name: string;
  readonly content: string | Buffer;
  readonly fileName?: string;
  readonly type?: string;
}

/** The bytes of a form, and the header that says what they are. */
export interface TestForm {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** Writes a form as clients write them. */
export function formOf(...parts: readonly TestPart[]): TestForm {
  const boundary = "----sunroom-test-boundary";
  const pieces = parts.flatMap(({ name, content, fileName, type }) => [
    Buffer.from(
      `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${fileName === undefined ? "" : `; filename="${fileName}"`}\r\n` +
        `${type === undefined ? "" : `content-type: ${type}\r\n`}\r\n`,
    ),
    Buffer.from(content),
    Buffer.from("\r\n"),
  ]);
  return {
    body: Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]),
    headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
  };
}

/** The smallest beginning of an image that a test needs. */
export const png = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");

/** The answer to an upload. */
export interface Uploaded {
  readonly attachment: { readonly mediaUrl: string; readonly mediaType: string };
}

/** Uploads a file through the API. */
export function upload(
  app: TestApp,
  query = "access=public&for=message",
  part: Partial<TestPart> = {},
): Promise<Reply<Uploaded>> {
  const { body, headers } = formOf({ name: "source", fileName: "cat.png", type: "image/png", content: png, ...part });
  return app.api.post<Uploaded>(`/v2/apps/${app.id}/attachments${query && `?${query}`}`, body, headers);
}

/** Answers the path of an address of this server. */
export const pathOf = (address: string): string => address.replace(/^https?:\/\/[^/]+/, "");

/** Starts a server with a folder of files and a table whose removals are handed to the Lambda that deletes files. */
export async function startFiledServer() {
  const folder = mkdtempSync(join(tmpdir(), "sunroom-files-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  process.env[variable.attachmentsUrl] = pathToFileURL(folder).href;
  const server = await startTestServer({ streamed: true });
  const stream = await openStream(server.endpoint, server.tableName);
  afterAll(stream.close);
  return {
    server,
    /** Lists the files of an app that are stored. */
    files: (app: TestApp): readonly string[] =>
      readdirSync(folder).includes(app.id) ? readdirSync(join(folder, app.id)) : [],
    /** Hands what was removed since the last call to the Lambda, as the stream does. */
    async erase(): Promise<void> {
      const Records = (await stream.read()).filter((record) => matchesFilter(record, attachmentFilter));
      const eraseAttachments = withItsRights("eraseAttachments", await importFunction("eraseAttachments"));
      // The answer of a stream's Lambda, by its contract.
      const answer = (await eraseAttachments({ Records }, {})) as DynamoDBBatchResponse;
      expect(answer).toEqual({ batchItemFailures: [] });
    },
  };
}
