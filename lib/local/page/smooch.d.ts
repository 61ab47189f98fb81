/** The part of the SDK in `sdk/` that the page uses. */
interface PageSmooch {
  init(options: { integrationId: string }): Promise<void>;
  createConversation(): Promise<{ id: string }>;
  login(externalId: string, jwt: string): Promise<void>;
  logout(): Promise<void>;
  destroy(): void;
  getUser(): { id: string; externalId?: string } | undefined;
}

interface Window {
  Smooch: PageSmooch;
}
