// A bot as programs of the vendor's platform are written, with the official client alone: it registers its webhook by
// the integration's own key, checks the secret of what arrives, and answers each message of a user.
const { createServer } = require("node:http");
const { ApiClient, ...apis } = require("sunshine-conversations-client");

const { BASE_URL, APP_ID, KEY_ID, KEY_SECRET } = process.env;
const client = new ApiClient();
client.basePath = BASE_URL;
Object.assign(client.authentications.basicAuth, { username: KEY_ID, password: KEY_SECRET });
const webhooks = new apis.WebhooksApi(client);
const messages = new apis.MessagesApi(client);

let secret;
const seen = new Set();

async function answer({ id, type, payload }) {
  if (seen.has(id)) return;
  seen.add(id);
  if (type !== "conversation:message" || payload.message.author.type !== "user") return;
  await messages.postMessage(APP_ID, payload.conversation.id, {
    author: { type: "business", displayName: "Bot" },
    content: { type: "text", text: `${payload.message.author.displayName} said: ${payload.message.content.text}` },
  });
  console.log(payload.conversation.id);
}

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  if (request.headers["x-api-key"] !== secret) return response.writeHead(401).end();
  response.end();
  for (const event of JSON.parse(Buffer.concat(chunks)).events) await answer(event);
});

server.listen(0, "127.0.0.1", async () => {
  const target = `http://127.0.0.1:${server.address().port}/webhook`;
  const created = await webhooks.createWebhook(APP_ID, "me", { target, triggers: ["conversation:message"] });
  secret = created.webhook.secret;
  console.log("listening");
});
