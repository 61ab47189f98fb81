import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { defaultSettings } from "../../../lib/model/app.ts";
import { fallbackText, normalizeContent, wireContent } from "../../../lib/model/content/contentKinds.ts";
import type { Content } from "../../../lib/model/message.ts";

const card = "4111 1111 1111 1111";
const masked = "**** **** **** 1111";
const unmasked = { ...defaultSettings, maskCreditCardNumbers: false };

describe("what is kept of a content", () => {
  test("has a plain text where a rich one alone was given", () => {
    const rich = { type: "text", htmlText: "<b>Hi</b>" } as const;
    expect(normalizeContent(rich, unmasked)).toEqual({ ...rich, text: "Hi" });
    expect(normalizeContent({ ...rich, text: "plain" }, unmasked)).toEqual({ ...rich, text: "plain" });
  });

  test("has no text where none was given", () => {
    const image = { type: "image", mediaUrl: "https://example.com/" } as const;
    expect(normalizeContent(image, unmasked)).toEqual(image);
  });

  test.each([
    ["https://example.org/FAQ.pdf", "FAQ.pdf"],
    ["https://example.org/a/b/r%C3%A9sum%C3%A9%20(1).pdf?signature=x#page", "résumé (1).pdf"],
    ["https://example.org/o/folder%2Fcat.png", "cat.png"],
    ["https://example.org/%ff.png", "\ufffd.png"],
    ["https://example.org/100%.png", "100%.png"],
    [`https://example.org/${"x".repeat(200)}`, "x".repeat(128)],
    ["https://example.org/", undefined],
    ["https://example.org/folder/", undefined],
    ["https://example.org/%20", undefined],
    ["no URL", undefined],
  ])("names the file of %s", (mediaUrl, altText) => {
    expect(normalizeContent({ type: "file", mediaUrl }, unmasked)).toEqual({
      type: "file",
      mediaUrl,
      ...(altText && { altText }),
    });
  });

  test.each(["a cat", ""])("names no file that is described as %j", (altText) => {
    const image = { type: "image", mediaUrl: "https://example.org/cat.png", altText } as const;
    expect(normalizeContent(image, unmasked)).toEqual(image);
  });

  test.each([
    [{ lat: 45.5261583, long: -73.595346 }, "45.5261583,-73.595346"],
    [{ lat: 0, long: -0.0000001 }, "0,0"],
    [{ lat: -0.000001, long: 180 }, "-0.000001,180"],
    // What would be a card's number.
    [{ lat: 4.1234567890128, long: 1 }, "4.1234567890128,1"],
  ])("has a link to the place at %j", (coordinates, query) => {
    const place = { type: "location", coordinates, location: { name: "Montréal" } } as const;
    const text = `Location shared:\nhttps://maps.google.com/maps?q=${query}`;
    expect(normalizeContent(place, defaultSettings)).toEqual({ ...place, text });
    expect(normalizeContent({ ...place, text: "elsewhere" }, unmasked)).toEqual({ ...place, text });
  });

  property.prop([fc.double({ min: -90, max: 90, noNaN: true }), fc.double({ min: -180, max: 180, noNaN: true })])(
    "has a link to any place that a map can read",
    (lat, long) => {
      const { text } = normalizeContent({ type: "location", coordinates: { lat, long } }, defaultSettings);
      expect(text).toMatch(/\?q=-?\d+(\.\d+)?,-?\d+(\.\d+)?$/);
    },
  );

  test("is without the digits of payment cards in every part that people read, and in no other", () => {
    const rich = {
      text: card,
      htmlText: card,
      actions: [{ type: "reply", text: card, payload: card, metadata: { card } }],
    } as const;
    const maskedRich = {
      text: masked,
      htmlText: masked,
      actions: [{ type: "reply", text: masked, payload: card, metadata: { card } }],
    };
    const text: Content = { type: "text", ...rich, payload: card };
    const image: Content = { type: "image", ...rich, altText: card, mediaUrl: card };
    expect(normalizeContent(text, defaultSettings)).toEqual({ ...text, ...maskedRich });
    expect(normalizeContent(image, defaultSettings)).toEqual({ ...image, ...maskedRich, altText: masked });
    for (const content of [text, image]) expect(normalizeContent(content, unmasked)).toEqual(content);
  });

  test("is without the digits of payment cards in the words about a place", () => {
    const place = {
      type: "location",
      coordinates: { lat: 1, long: 2 },
      location: { name: card, address: card },
    } as const;
    expect(normalizeContent(place, defaultSettings)).toMatchObject({ location: { name: masked, address: masked } });
    expect(normalizeContent(place, unmasked)).toMatchObject(place);
  });

  test("has of a button's metadata what says something, and no more than 4096 bytes of it", () => {
    const withMetadata = (metadata: Readonly<Record<string, string | null>> | null) =>
      normalizeContent({ type: "text", actions: [{ type: "locationRequest", text: "Go", metadata }] }, unmasked);
    const button = { type: "locationRequest", text: "Go" };
    expect(withMetadata({ a: "b", c: null })).toEqual({ type: "text", actions: [{ ...button, metadata: { a: "b" } }] });
    expect(withMetadata(null)).toEqual({ type: "text", actions: [button] });
    expect(() => withMetadata({ a: "x".repeat(4096) })).toThrow("Action metadata is limited to 4096 bytes in size.");
  });

  test("has no more parts than before where there is nothing to add", () => {
    expect(normalizeContent({ type: "image" }, defaultSettings)).toEqual({ type: "image" });
  });
});

const link = { type: "link", text: "Read", uri: "https://example.org/tea" } as const;
const postback = { type: "postback", text: "Order", payload: "TEA" } as const;
const reply = { type: "reply", text: "Yes", payload: "YES" } as const;
const item = { title: "Tea", description: "Green", mediaUrl: "https://example.org/tea.png", actions: [link, postback] };

describe("the text that stands for a content", () => {
  test.each<readonly [Content, string]>([
    [{ type: "text", text: "Hi", actions: [link, postback, reply] }, "Hi\nRead https://example.org/tea\nYes"],
    [{ type: "text", actions: [reply] }, "Yes"],
    [{ type: "image", mediaUrl: "https://example.org/a.png", text: "Look" }, "Look\nhttps://example.org/a.png"],
    [{ type: "file", mediaUrl: "https://example.org/a.pdf" }, "https://example.org/a.pdf"],
    [{ type: "location", coordinates: { lat: 1, long: 2 } }, "Location shared:\nhttps://maps.google.com/maps?q=1,2"],
    [{ type: "carousel", items: [item, item] }, `${teaAsText()}\n\n${teaAsText()}`],
    [{ type: "list", items: [item] }, teaAsText()],
    [{ type: "list", items: [item], actions: [link] }, `${teaAsText()}\n\nRead https://example.org/tea`],
    [{ type: "form", fields: [{ type: "email", name: "mail", label: "E-mail" }] }, "E-mail"],
    [
      { type: "formResponse", fields: [{ type: "select", name: "c", label: "Colours", select: [red(), red()] }] },
      "Colours: Red, Red",
    ],
    [{ type: "template", template: {} }, ""],
    [{ type: "template", template: { name: "hello", components: [{ parameters: [{ type: "image" }, 7] }] } }, "hello"],
    [{ type: "unsupported" }, ""],
    [{ type: "unsupported", text: "a sticker" }, "a sticker"],
  ])("of %j is %j", (content, text) => {
    expect(fallbackText(content)).toBe(text);
  });

  test("is without the digits of payment cards where the content is kept", () => {
    const masks = (content: Content) => fallbackText(normalizeContent(content, defaultSettings));
    expect(masks({ type: "carousel", items: [{ ...item, title: card, actions: [{ ...postback, text: card }] }] })).toBe(
      `${masked}\nGreen`,
    );
    expect(masks({ type: "list", items: [{ ...item, description: card }], actions: [{ ...link, text: card }] })).toBe(
      `Tea\n${masked}\nRead https://example.org/tea\n\n${masked} https://example.org/tea`,
    );
    expect(masks({ type: "form", text: card, fields: [{ type: "email", name: "mail", label: card }] })).toBe(
      `${masked}\n${masked}`,
    );
  });
});

test("a text field of a form asks for 1 to 128 characters unless it says otherwise", () => {
  const ask = (size: object) =>
    normalizeContent({ type: "form", fields: [{ type: "text", name: "a", label: "A", ...size }] }, defaultSettings);
  expect(ask({})).toMatchObject({ fields: [{ minSize: 1, maxSize: 128 }], submitted: false });
  expect(ask({ minSize: undefined, maxSize: 7 })).toMatchObject({ fields: [{ minSize: 1, maxSize: 7 }] });
});

test("SDKs get 40 characters of a reply's text, never half of one", () => {
  const long = { ...reply, text: "🍵".repeat(41) };
  expect(wireContent({ type: "text", actions: [long] }, "m")).toMatchObject({ actions: [{ text: "🍵".repeat(40) }] });
});

function teaAsText(): string {
  return "Tea\nGreen\nRead https://example.org/tea";
}

function red() {
  return { name: "r", label: "Red" };
}
