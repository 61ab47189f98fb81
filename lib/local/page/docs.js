const dark = matchMedia("(prefers-color-scheme: dark)");
const followScheme = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", followScheme);
followScheme();

const [description, demo] = await Promise.all([
  fetch("/openapi.json").then((response) => response.json()),
  fetch("/local/demo", { method: "POST", headers: { "content-type": "application/json" }, body: "{}" }).then(
    (response) => response.json(),
  ),
]);

// "Try it out" begins with the id of the demo's app …
for (const operations of Object.values(description.paths))
  for (const { parameters = [] } of Object.values(operations))
    for (const parameter of parameters) if (parameter.name === "appId") parameter.example = demo.appId;

const documentation = SwaggerUIBundle({
  spec: description,
  dom_id: "#documentation",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: -1,
  // The public validator would send the description to another server.
  validatorUrl: "none",
  onComplete: authorize,
});

/** … and with its key. */
function authorize() {
  const status = document.getElementById("credentials");
  if (demo.key) documentation.preauthorizeBasic("basicAuth", demo.key.id, demo.key.secret);
  if (status)
    status.textContent = demo.key
      ? `“Try it out” uses the demo app ${demo.appId} and its key. To make, list or delete apps and keys, enter the account key that npm start printed under Authorize.`
      : demo.message;
}

export {};
