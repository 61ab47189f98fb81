/** As much of the SDK in `sdk/` as the page uses. */
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

/** `swagger-ui-dist`, which carries no types. */
declare function SwaggerUIBundle(options: object): {
  preauthorizeBasic(scheme: string, id: string, secret: string): void;
};
