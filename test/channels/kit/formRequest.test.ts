import { expect, test } from "vitest";
import { basicAuthorization, formRequest, isPublicUrl } from "../../../lib/channels/kit/formRequest.ts";

test("a form has a list's name once for each value, and nothing of what is absent", () => {
  expect(formRequest("https://a.example/", { a: ["1", "2"], b: undefined, c: "ä &\ud800" }, { x: "y" })).toEqual({
    method: "POST",
    url: "https://a.example/",
    headers: { x: "y", "content-type": "application/x-www-form-urlencoded" },
    body: "a=1&a=2&c=%C3%A4+%26%EF%BF%BD",
  });
});

test("credentials are written in UTF-8, and absent ones are empty", () => {
  expect(basicAuthorization("test", "123£")).toEqual({ authorization: "Basic dGVzdDoxMjPCow==" });
  expect(basicAuthorization(undefined, undefined)).toEqual({ authorization: "Basic Og==" });
});

test.each([
  ["https://sunroom.example/hook", true],
  ["https://203.0.113.7:8443/hook", true],
  ["https://10.example.com/hook", true],
  ["http://localhost:3000/hook", false],
  ["http://sunroom.localhost/hook", false],
  ["http://127.0.0.1/hook", false],
  ["http://10.0.0.1/hook", false],
  ["http://172.20.0.1/hook", false],
  ["http://[::1]/hook", false],
  ["file:///a.b", false],
  ["hook", false],
])("a provider may call %s: %s", (url, expected) => {
  expect(isPublicUrl(url)).toBe(expected);
});
