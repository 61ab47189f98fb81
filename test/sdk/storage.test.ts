import { expect, test } from "vitest";
import { openStorage } from "../../sdk/src/storage.ts";

/** A browser's storage that notes what other tabs are told, and takes values of at most ten characters. */
function area() {
  const stored = new Map<string, string>();
  const told: (string | null)[] = [];
  const storage: Storage = {
    get length() {
      return stored.size;
    },
    key: (index) => [...stored.keys()][index] ?? null,
    clear: () => stored.clear(),
    getItem: (key) => stored.get(key) ?? null,
    setItem(key, value) {
      if (value.length > 10) throw new DOMException("It is full.", "QuotaExceededError");
      stored.set(key, value);
      told.push(value);
    },
    removeItem(key) {
      if (stored.delete(key)) told.push(null);
    },
  };
  return { storage, stored, told };
}

test("a value is replaced in one step, since other tabs follow each", () => {
  const { storage, told } = area();
  const { set, get } = openStorage(() => storage, "web");
  set("sessionToken", "one");
  set("sessionToken", "two");
  expect(get("sessionToken")).toBe("two");
  expect(told).toEqual(["one", "two"]);
});

test("where the browser refuses a new value, the old one does not stay behind", () => {
  const { storage, stored } = area();
  const { set, get } = openStorage(() => storage, "web");
  set("sessionToken", "one");
  set("sessionToken", "longer than there is room for");
  expect(get("sessionToken")).toBe("longer than there is room for");
  expect([...stored]).toEqual([]);
});
