import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { htmlOfMarkdown, textOfMarkdown } from "../../lib/http/markdown.ts";

const html = (markdown: string) => htmlOfMarkdown(markdown, Number.POSITIVE_INFINITY) ?? "";

/** The elements and attributes that Markdown knows; what is not one of them is no element of an HTML text made of it. */
const elements =
  /<\/?(?:p|br|hr|h[1-6]|strong|em|del|blockquote|pre|ul|li|table|thead|tbody|tr|t[hd](?: align="(?:left|center|right)")?|ol(?: start="\d+")?|code(?: class="language-[^"<>]*")?|input(?: checked="")? disabled="" type="checkbox"|a(?: href="([^"<>]*)"(?: title="[^"<>]*")?)?|img src="([^"<>]*)" alt="[^"<>]*"(?: title="[^"<>]*")?)>/g;

/** Where the links and images of an HTML text lead, as they stand in it. */
const addressesOf = (text: string): readonly string[] =>
  [...text.matchAll(elements)].flatMap(([, href, src]) => href ?? src ?? []);

/** The scheme in so many letters: none that a browser puts together from entities or across lines. */
const followed = /^(?:https?|mailto|tel|sms):/i;

describe("the HTML of Markdown", () => {
  test.each([
    ["# Hello!", "<h1>Hello!</h1>"],
    [
      "**bold** _slanted_ ~~gone~~ `a < b`",
      "<p><strong>bold</strong> <em>slanted</em> <del>gone</del> <code>a &lt; b</code></p>",
    ],
    ["- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"],
    ["[site](https://example.org/?a=1&b=2)", '<p><a href="https://example.org/?a=1&amp;b=2">site</a></p>'],
    [
      "[mail](mailto:a@b.org) [call](tel:+15145550123)",
      '<p><a href="mailto:a@b.org">mail</a> <a href="tel:+15145550123">call</a></p>',
    ],
    [
      '![a "cat"](https://example.org/cat.png)',
      '<p><img src="https://example.org/cat.png" alt="a &quot;cat&quot;"></p>',
    ],
    ["AT&T &lt;b&gt; &copy;", "<p>AT&amp;T &lt;b&gt; &copy;</p>"],
  ])("of %j is %s", (markdown, expected) => {
    expect(html(markdown)).toBe(expected);
  });

  test.each([
    ["<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"],
    ["<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>"],
    // Within what it takes for HTML, a converter trusts the text.
    ["a <pre> <img src=x onerror=alert(1) ", "<p>a &lt;pre&gt; &lt;img src=x onerror=alert(1) </p>"],
    ["[**x**](javascript:alert(1))", "<p><strong>x</strong></p>"],
    ["[x](javascript&colon;alert(1))", "<p>x</p>"],
    ["[x](&#106;avascript:alert(1))", "<p>x</p>"],
    ["[x](data:text/html,hi)", "<p>x</p>"],
    ["[x]\n\n[x]: JAVASCRIPT:alert(1)", "<p>x</p>"],
    ["<javascript:alert(1)>", "<p>javascript:alert(1)</p>"],
    ["![<b>x](javascript:alert(1))", "<p>&lt;b&gt;x</p>"],
    ["![x](tel:1)", "<p>x</p>"],
    ["[x](/here)", "<p>x</p>"],
    [
      '[x](https://example.org/"onclick="alert(1))',
      '<p><a href="https://example.org/%22onclick=%22alert(1)">x</a></p>',
    ],
    ['```js"onload="x\n1\n```', '<pre><code class="language-js&quot;onload=&quot;x">1\n</code></pre>'],
  ])("of %j holds nothing that runs: %s", (markdown, expected) => {
    expect(html(markdown)).toBe(expected);
  });

  const parts = fc.constantFrom(
    ..."<>\"'`*_~[]()!#|-=+.:;&/\\ \n\ta1".split(""),
    ...["<script>", "</a>", "<a href=", "<img src=x onerror=", "<pre>", "<style>", "<!--", "-->", "<![CDATA[", "<?x"],
    ...[
      "javascript:",
      "&colon;",
      "&#58;",
      "&lt;",
      "https://",
      "mailto:",
      "www.example.org",
      "a@b.org",
      "```",
      "![",
      "](",
    ],
    ...["]: ", "\n\n", "\n> ", "\n- ", "\n1. ", "\n- [x] ", "|a|\n|-|\n", " onclick=", ' "', "x"],
  );

  property.prop([fc.array(parts, { maxLength: 60 }).map((all) => all.join(""))], { numRuns: 3000 })(
    "has no elements but those of Markdown, and no links but those that may be followed",
    (markdown) => {
      const text = html(markdown);
      expect(text.replace(elements, "")).not.toContain("<");
      expect(addressesOf(text).filter((address) => !followed.test(address))).toEqual([]);
    },
  );

  test("is none where it is longer than it may be, or nested so deeply that it would be", () => {
    expect(htmlOfMarkdown("x".repeat(10), 17)).toBe(`<p>${"x".repeat(10)}</p>`);
    expect(htmlOfMarkdown("x".repeat(11), 17)).toBeUndefined();
    expect(htmlOfMarkdown("👋".repeat(10), 17)).toBe(`<p>${"👋".repeat(10)}</p>`);
    expect(htmlOfMarkdown(">".repeat(4096), 4096)).toBeUndefined();
  });
});

describe("the text of Markdown", () => {
  test.each([
    ["# Hello!", "Hello!"],
    ["**bold** _slanted_ ~~gone~~ `a < b`", "bold slanted gone a < b"],
    ["one\n\ntwo  \nthree", "one\ntwo\nthree"],
    ["Choose:\n\n- **one**\n- two\n  - three", "Choose:\n- one\n- two\n- three"],
    ["3. x\n3. y", "3. x\n4. y"],
    ["- [x] done\n- [ ] open", "- [x] done\n- [ ] open"],
    ["> quoted\n\nand `code`", "quoted\nand code"],
    ["[our site](https://example.org/?a=1&b=2)", "our site (https://example.org/?a=1&b=2)"],
    [
      "https://example.org/a_b_c <https://example.org> www.example.org",
      "https://example.org/a_b_c https://example.org www.example.org",
    ],
    ["<a@example.org> [a@example.org](mailto:a@example.org)", "a@example.org a@example.org"],
    ["![a cat](https://example.org/cat.png)", "a cat (https://example.org/cat.png)"],
    ["[x](javascript:alert(1)) ![y](data:a)", "x y"],
    ["AT&T &lt;b&gt; &copy; \\*as it is\\* <b>", "AT&T <b> &copy; *as it is* <b>"],
    ["2 * 3 * 4 = 24, snake_case_name", "2 * 3 * 4 = 24, snake_case_name"],
  ])("of %j is %j", (markdown, expected) => {
    expect(textOfMarkdown(markdown)).toBe(expected);
  });

  test("is none where nothing is said, or it is nested too deeply", () => {
    for (const markdown of ["***", "   ", ">".repeat(4096)]) expect(textOfMarkdown(markdown)).toBeUndefined();
  });
});
