import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { clear, type SecretBox } from "./secretBox.ts";

const prefix = "sealed:";
const algorithm = "aes-256-gcm";

/**
 * Encrypts secrets, for a table that others can read: AES-256-GCM with a random nonce, bound to the record's id.
 *
 * @param key 32 bytes as hexadecimal digits; without it secrets stand in clear
 */
export function sealedSecrets(key: string | undefined): SecretBox {
  if (key === undefined) return clear;
  const bytes = Buffer.from(key, "hex");
  return {
    seal(secret, id) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv(algorithm, bytes, nonce).setAAD(Buffer.from(id));
      const text = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
      return prefix + Buffer.concat([nonce, cipher.getAuthTag(), text]).toString("base64");
    },
    open(stored, id) {
      if (!stored.startsWith(prefix)) return stored;
      const sealed = Buffer.from(stored.slice(prefix.length), "base64");
      const decipher = createDecipheriv(algorithm, bytes, sealed.subarray(0, 12), { authTagLength: 16 });
      decipher.setAAD(Buffer.from(id)).setAuthTag(sealed.subarray(12, 28));
      return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]).toString("utf8");
    },
  };
}
