/**
 * Takes the place of `@aws-sdk/credential-provider-node` in the Lambda bundles: on Lambda the role's credentials are in
 * the environment, so the providers for profiles, single sign-on, containers and instances (136 kB) stay out.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html (reserved environment variables)
 */
export const defaultProvider = () => async () => {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN } = process.env;
  if (!accessKeyId || !secretAccessKey)
    throw new Error("The environment holds no AWS credentials (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY).");
  return { accessKeyId, secretAccessKey, ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}) };
};
