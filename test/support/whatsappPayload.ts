/** One message of a WhatsApp delivery; its author has a number, a business-scoped id, or both. */
export interface WhatsappMessage {
  readonly from?: string;
  readonly userId?: string;
  readonly parentUserId?: string;
  readonly name?: string;
  readonly id: string;
  readonly text?: string;
}

/** Makes a delivery of messages, as WhatsApp writes it. */
export const whatsappPayload = (...messages: readonly WhatsappMessage[]): Record<string, unknown> =>
  whatsappChange({
    contacts: messages.map(({ from, userId, parentUserId, name = "Sheena Nelson" }) => ({
      profile: { name },
      wa_id: from,
      user_id: userId,
      parent_user_id: parentUserId,
    })),
    messages: messages.map(({ from, userId, parentUserId, id, text = `says ${id}` }) => ({
      from,
      from_user_id: userId,
      from_parent_user_id: parentUserId,
      id,
      timestamp: "1749416383",
      type: "text",
      text: { body: text },
    })),
  });

/** Makes a delivery of one change of WhatsApp. */
export const whatsappChange = (value: object, field = "messages"): Record<string, unknown> => ({
  object: "whatsapp_business_account",
  entry: [
    {
      id: "102290129340398",
      changes: [
        {
          field,
          value: {
            messaging_product: "whatsapp",
            metadata: { display_phone_number: "15550783881", phone_number_id: "106540352242922" },
            ...value,
          },
        },
      ],
    },
  ],
});
