import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ConflictError, conflict, retryOnConflict } from "../../lib/db/retryOnConflict.ts";

describe("what is tried again on a conflict", () => {
  // The pause before the next attempt is of random length: here it is none.
  beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0));
  afterEach(() => void vi.restoreAllMocks());

  /** Answers after so many conflicts, and counts the attempts. */
  const meeting = (conflicts: number) => {
    let attempts = 0;
    const outcome = retryOnConflict(async () => (attempts++ < conflicts ? conflict : "done"));
    return { outcome, attempts: () => attempts };
  };

  test.each([0, 1, 99])("is done after %i conflicts", async (conflicts) => {
    const { outcome, attempts } = meeting(conflicts);
    expect(await outcome).toBe("done");
    expect(attempts()).toBe(conflicts + 1);
  });

  test("is given up after a hundred attempts", async () => {
    const { outcome, attempts } = meeting(100);
    await expect(outcome).rejects.toThrow(ConflictError);
    expect(attempts()).toBe(100);
  });

  test("is not tried again when it fails otherwise, nor when it answers nothing", async () => {
    await expect(retryOnConflict(() => Promise.reject(new Error("out of reach")))).rejects.toThrow("out of reach");
    expect(await retryOnConflict(async () => undefined)).toBeUndefined();
  });
});
