import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import {
  attachmentAt,
  attachmentIdsIn,
  fileNameOf,
  mediaTypeOf,
  mediaUrlOf,
  newAttachmentId,
  servedAs,
} from "../../../lib/model/files/attachment.ts";

const [appId, id] = ["a".repeat(24), "b".repeat(40)];

describe("a file's name", () => {
  property.prop([fc.string({ unit: "binary", maxLength: 400 })])(
    "of any characters is one part of a path, one value of a header, and survives its URL",
    (given) => {
      const name = fileNameOf(given);
      expect(name).toMatch(/^[^/\\\p{Cc}"]+$/u);
      expect(name).not.toMatch(/^\.|\.$/);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
      expect(servedAs({ name, mediaType: "image/png" }).disposition).toMatch(/^[\x20-\x7e]+$/);
      const url = mediaUrlOf("https://example.org", { appId, id, name });
      expect(new URL(url).href).toBe(url);
      expect(decodeURIComponent(url.split("/").at(-1) ?? "")).toBe(name);
    },
  );

  test("keeps its ending when it is cut", () => {
    expect(fileNameOf(`${"𝒜".repeat(100)}.jpeg`)).toBe(`${"𝒜".repeat(48)}.jpeg`);
  });
});

describe("a file's type", () => {
  test.each([
    ["image/PNG; charset=x", "image/png"],
    ["application/vnd.ms-excel", "application/vnd.ms-excel"],
  ])("%s is kept as %s", (declared, type) => {
    expect(mediaTypeOf(declared, "a")).toBe(type);
  });

  test.each(["", "image", "image/", "/png", "image/png\r\nx: y", "image/*/x", `image/${"x".repeat(200)}`])(
    "that is written %j is refused",
    (declared) => {
      expect(() => mediaTypeOf(declared, "a")).toThrow("content type");
    },
  );

  test.each(["image/svg+xml", "text/html", "application/xml", "image/svg", "text/css", "multipart/form-data"])(
    "%s is never served as itself",
    (mediaType) => {
      expect(servedAs({ name: "a", mediaType })).toMatchObject({
        type: "application/octet-stream",
        disposition: expect.stringMatching(/^attachment;/),
      });
    },
  );
});

describe("a file's URL", () => {
  const found = { appId, id };

  test.each([
    ["https://example.org", `https://example.org/attachments/${appId}/${id}/a.png`, found],
    ["https://example.org/sc", `https://example.org/attachments/${appId}/${id}/a.png`, found],
    ["https://example.org", `https://example.org/sc/attachments/${appId}/${id}`, found],
    ["https://example.org", `https://example.org.evil.org/attachments/${appId}/${id}/a`, undefined],
    ["https://example.org", `https://evil.org/https://example.org/attachments/${appId}/${id}/a`, undefined],
    ["https://example.org", `https://example.org/x/attachments/${appId}/${id}/a`, undefined],
    ["https://example.org", `https://example.org/attachments/${appId}/${id}/a/b`, undefined],
    ["https://example.org", `https://example.org/attachments/${appId}/${id.slice(1)}/a`, undefined],
  ])("at %s is read from %s alone where it is ours", (publicUrl, mediaUrl, expected) => {
    expect(attachmentAt(mediaUrl, publicUrl)).toEqual(expected);
  });

  test("is found in a message's content, once, and for its own app alone", () => {
    const other = newAttachmentId();
    const content = JSON.stringify({
      mediaUrl: `https://example.org/attachments/${appId}/${id}/a.png`,
      text: `https://example.org/attachments/${appId}/${id}/a.png /attachments/${"c".repeat(24)}/${other}/a`,
    });
    expect(attachmentIdsIn(appId, content)).toEqual([id]);
  });
});
