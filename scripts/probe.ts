/**
 * Probes a deployment, with `PUBLIC_URL`, `ACCOUNT_KEY_ID` and `ACCOUNT_KEY_SECRET`: makes an app, creates, reads and
 * deletes a user there as the canary does, and deletes the app.
 */
import { probeUser } from "../lib/http/probeUser.ts";

const [url, id, secret] = ["PUBLIC_URL", "ACCOUNT_KEY_ID", "ACCOUNT_KEY_SECRET"].map((name) => {
  const value = process.env[name];
  if (!value) throw new Error(`The environment variable ${name} is missing.`);
  return value;
}) as [string, string, string];
const apps = `${url.replace(/\/$/, "")}/v2/apps`;
const headers = {
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`,
  "content-type": "application/json",
};

const made = await fetch(apps, { method: "POST", headers, body: JSON.stringify({ displayName: "Probe" }) });
if (made.status !== 201) throw new Error(`POST /v2/apps answered ${made.status}`);
const { app } = (await made.json()) as { app: { id: string } };
try {
  await probeUser({
    appUrl: `${apps}/${app.id}`,
    accountKey: async () => ({ id, secret }),
    newId: () => crypto.randomUUID(),
  });
} finally {
  const { status } = await fetch(`${apps}/${app.id}`, { method: "DELETE", headers });
  if (status !== 200) console.error(`The app ${app.id} could not be deleted (${status}).`);
}
console.log(`${url} created, read and deleted a user.`);
