/** The encryption of secrets in the table. */
export interface SecretBox {
  /** Encrypts a secret, bound to a record's id. */
  readonly seal: (secret: string, id: string) => string;
  /**
   * Decrypts what `seal` made; answers a secret that was stored in clear as it is. Throws if the key or the record is
   * another.
   */
  readonly open: (stored: string, id: string) => string;
}

/** Stores secrets in clear: on AWS, where the table itself is encrypted and its callers are authenticated. */
export const clear: SecretBox = { seal: (secret) => secret, open: (stored) => stored };
