import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { textOfHtml } from "../../../lib/model/values/richText.ts";

describe("the text of HTML", () => {
  test.each([
    ["plain", "plain"],
    ["<b>bold</b> and <i>slanted</i>", "bold and slanted"],
    ["one<br>two<br/>three", "one\ntwo\nthree"],
    ["<ul>\n  <li>one</li>\n  <li>two</li>\n</ul>", "one\ntwo"],
    ["a &lt;tag&gt; &amp;amp; &quot;&#39;&#x1F44B;&apos;&nbsp;end", "a <tag> &amp; \"'👋' end"],
    ["&unknown; &#0; &#xD800; &#9999999;", "&unknown; \ufffd \ufffd \ufffd"],
    ["before<script>alert(1)</script><style>p{}</style><!-- aside -->after", "beforeafter"],
    ["<img src='x'>", ""],
    ["1 < 2", "1 < 2"],
  ])("%j is %j", (html, text) => {
    expect(textOfHtml(html)).toBe(text);
  });

  property.prop([fc.string({ unit: "grapheme", maxLength: 4096 })])(
    "never fails, and is no longer than its HTML",
    (html) => {
      expect(textOfHtml(html).length).toBeLessThanOrEqual(html.length);
    },
  );
});
