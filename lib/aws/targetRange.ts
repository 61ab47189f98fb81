/** The addresses to which webhooks may go: public ones alone, those of this machine too, or private networks too. */
export type TargetRange = "public" | "loopback" | "private";

/** Reads the setting of the allowed targets. Throws an `Error` for any other value. */
export function readTargetRange(setting: string | undefined): TargetRange {
  if (setting === undefined || setting === "") return "public";
  if (setting === "loopback" || setting === "private") return setting;
  throw new Error("The allowed targets of webhooks are `loopback` or `private`; without either, public addresses.");
}
