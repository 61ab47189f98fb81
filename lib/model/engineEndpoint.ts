/**
 * Reads the endpoint of an engine off AWS. A user name in it is the access key of the calls: some engines keep the data
 * of each access key apart.
 */
export function readEndpoint(text: string): { readonly endpoint: string; readonly accessKeyId: string } {
  const [, scheme = "", accessKeyId = "local", rest = text] = /^(https?:\/\/)(\w+)@(.*)$/.exec(text) ?? [];
  return { endpoint: scheme + rest, accessKeyId };
}

/**
 * Makes the settings of a client of that engine. Engines ask for credentials, but accept any secret for an access key.
 */
export function engineAccess(text: string) {
  const { endpoint, accessKeyId } = readEndpoint(text);
  return { endpoint, region: "local", credentials: { accessKeyId, secretAccessKey: "local" } };
}
