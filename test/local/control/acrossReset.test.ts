import { ResourceNotFoundException } from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { acrossReset } from "../../../lib/local/control/acrossReset.ts";

/** Makes a read that fails at first by these errors. */
function failing(...errors: Error[]) {
  return async () => {
    const error = errors.shift();
    if (error) throw error;
    return "read";
  };
}
const noTable = () => new ResourceNotFoundException({ message: "Requested resource not found", $metadata: {} });

test("what is read of a table that a reset deleted is read of the next one", async () => {
  await expect(acrossReset(failing())).resolves.toBe("read");
  await expect(acrossReset(failing(noTable()))).resolves.toBe("read");
});

test("what fails otherwise, or again, fails", async () => {
  await expect(acrossReset(failing(new Error("broken")))).rejects.toThrow("broken");
  await expect(acrossReset(failing(noTable(), noTable()))).rejects.toThrow("not found");
});
