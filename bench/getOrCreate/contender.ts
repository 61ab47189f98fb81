/** A user as every contender stores it. */
export interface Person {
  readonly externalId: string;
  readonly signedUpAt: string;
  readonly givenName: string;
  readonly email: string;
}

export const person = (externalId: string): Person => ({
  externalId,
  signedUpAt: "2026-01-01T00:00:00.000Z",
  givenName: "Ann",
  email: "ann@example.org",
});

/** Creates the user of an externalId or answers the existing one, whichever other calls do the same at that moment. */
export interface Contender {
  readonly name: string;
  readonly getOrCreate: (externalId: string) => Promise<{ readonly created: boolean; readonly externalId: string }>;
}

/** Makes a contender for a table with the keys `pk` and `sk`. */
export type MakeContender = (endpoint: string, tableName: string) => Contender;

/** Makes the client's settings, the same for all: an engine on this machine. */
export const local = (endpoint: string) => ({
  endpoint,
  region: "local",
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
});
