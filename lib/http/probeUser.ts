/** The part of the runtime that a probe needs: the app's URL, and the key to call it with. */
export interface ProbeRuntime {
  readonly appUrl: string;
  readonly accountKey: () => Promise<{ readonly id: string; readonly secret: string }>;
  readonly newId: () => string;
}

/** Milliseconds after which a call counts as failed: longer than a Lambda may take. */
const callTimeout = 20_000;

/**
 * Creates, reads and deletes a user through the API's public URL, then makes sure that it is gone. The user is deleted
 * even if it could not be read.
 * @throws Error that names the call and the status that came instead
 */
export async function probeUser({ appUrl, accountKey, newId }: ProbeRuntime): Promise<void> {
  const { id, secret } = await accountKey();
  const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
  const expectStatus = async (expected: number, method: string, path: string, body?: object): Promise<void> => {
    const { status } = await fetch(`${appUrl}${path}`, {
      method,
      headers: { authorization, "content-type": "application/json" },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(callTimeout),
    });
    if (status !== expected) throw new ProbeFailure(`${method} answered ${status} and not ${expected}`);
  };
  const externalId = `canary-${newId()}`;
  await expectStatus(201, "POST", "/users", { externalId });
  try {
    await expectStatus(200, "GET", `/users/${externalId}`);
  } finally {
    await expectStatus(200, "DELETE", `/users/${externalId}`);
  }
  await expectStatus(404, "GET", `/users/${externalId}`);
}

/** Tells that a call of a probe was not answered as it should be. */
class ProbeFailure extends Error {
  override readonly name = "ProbeFailure";
}
