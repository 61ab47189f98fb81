import { facts, html, note } from "./parts.js";
import { get } from "./reading.js";

/** @typedef {import("./inspector.js").View} View */

/** The apps, and what the chosen one is connected to. @type {View} */
export const apps = {
  title: "Apps",
  async read({ appId, apps }) {
    if (!appId) return { apps, integrations: [], keys: [] };
    const [{ integrations }, { keys }] = await Promise.all([
      get(`/v2/apps/${appId}/integrations?page[size]=100`),
      get(`/v2/apps/${appId}/keys`),
    ]);
    return { apps, integrations, keys };
  },
  show({ apps, integrations, keys }, { appId }) {
    if (apps.length === 0) return note("No app yet. The first of the four ways makes one, and so does POST /v2/apps.");
    return html`
      <ul class="items list">
        ${apps.map(
          (/** @type {any} */ app) => html`<li class="card record">
            <h2><a href="#/${app.id}/apps" aria-current=${app.id === appId ? "true" : "false"}>${app.displayName}</a></h2>
            ${facts([
              ["id", app.id],
              ["settings", JSON.stringify(app.settings)],
            ])}
            ${
              app.id === appId
                ? html`<h3>Integrations</h3>
                    ${
                      integrations.length === 0
                        ? note("None yet.")
                        : html`<ul class="items">
                            ${integrations.map(
                              (/** @type {any} */ one) => html`<li>
                                ${facts([
                                  ["type", `${one.type}, ${one.status}`],
                                  ["id", one.id],
                                  ["name", one.displayName],
                                  ["webhookUrl", one.webhookUrl],
                                ])}
                              </li>`,
                            )}
                          </ul>`
                    }
                    <h3>API keys</h3>
                    ${
                      keys.length === 0
                        ? note("None yet.")
                        : html`<ul class="items">
                            ${keys.map(
                              (/** @type {any} */ key) =>
                                html`<li>${facts([
                                  ["id", key.id],
                                  ["name", key.displayName],
                                ])}</li>`,
                            )}
                          </ul>`
                    }`
                : ""
            }
          </li>`,
        )}
      </ul>`;
  },
};
