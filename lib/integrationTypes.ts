import { channelSettings } from "./channelSettings.ts";
import { isChannelType } from "./domain/channel.ts";
import { type IntegrationField, type IntegrationType, integrationFields } from "./domain/integration.ts";

/** What is configured in an integration of a type; `undefined` for a type that cannot be made here. */
export function fieldsOf(type: string): Readonly<Record<string, IntegrationField>> | undefined {
  if (Object.hasOwn(integrationFields, type)) return integrationFields[type as keyof typeof integrationFields];
  return isChannelType(type) ? channelSettings[type].fields : undefined;
}

/** Whether integrations of this type can be made here. */
export const isIntegrationType = (type: string): type is IntegrationType => fieldsOf(type) !== undefined;
