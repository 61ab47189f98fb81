import { channelSettings } from "../channels/channelSettings.ts";
import { isChannelType } from "../model/channel.ts";
import { type IntegrationField, type IntegrationType, integrationFields } from "../model/integration.ts";

/** Answers the fields of an integration of a type; `undefined` for a type that cannot be created here. */
export function fieldsOf(type: string): Readonly<Record<string, IntegrationField>> | undefined {
  if (Object.hasOwn(integrationFields, type)) return integrationFields[type as keyof typeof integrationFields];
  return isChannelType(type) ? channelSettings[type].fields : undefined;
}

/** Tells whether integrations of this type can be created here. */
export const isIntegrationType = (type: string): type is IntegrationType => fieldsOf(type) !== undefined;
