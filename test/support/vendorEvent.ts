import { Ajv2020 } from "ajv/dist/2020.js";
import vendor from "./vendorEvents.json" with { type: "json" };

/**
 * The vendor's schemas of webhook events, from its OpenAPI description 17.12.1: types, properties, enumerations and
 * what is required.
 */
const { events, $defs } = vendor;

/**
 * Properties that the schemas do not list: the vendor's own examples and answers have them, but `raw`, which is ours;
 * and with `includeFullUser` a user is whole also where the schemas show it truncated.
 */
const unlisted: Readonly<Record<string, readonly string[]>> = {
  authorWebhook: ["avatarUrl", "displayName", "subtypes"],
  messageWebhook: ["raw"],
  user: ["hasPaymentInfo"],
  userTruncated: ["hasPaymentInfo", "identities", "metadata", "profile", "signedUpAt", "toBeRetained"],
};

const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addSchema({ $id: "vendor", $defs: closed({ ...$defs }) });

/** Closes each object to further properties; those that the vendor leaves open list none. */
function closed(definitions: object): object {
  const named = Object.entries(definitions).map(([name, definition]) => [
    name,
    {
      ...definition,
      ...(definition.properties && {
        properties: {
          ...definition.properties,
          ...Object.fromEntries((unlisted[name] ?? []).map((property) => [property, {}])),
        },
      }),
    },
  ]);
  return JSON.parse(JSON.stringify(Object.fromEntries(named)), (_, value) =>
    value?.properties && value.additionalProperties === undefined ? { ...value, additionalProperties: false } : value,
  );
}

/** Lists the differences between an event as a webhook receives it and the vendor's schema of its type. */
export function faultsOfEvent(event: { readonly type: string; readonly payload: object }): readonly string[] {
  const name = new Map(Object.entries(events)).get(event.type);
  if (name === undefined) return [`The vendor has no event ${event.type}.`];
  const validate = ajv.compile({ $ref: `vendor#/$defs/${name}` });
  validate(event);
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}
