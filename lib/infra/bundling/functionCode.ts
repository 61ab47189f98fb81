import { join } from "node:path";
import { Code } from "aws-cdk-lib/aws-lambda";

/** The code of an operation's Lambda. */
export type FunctionCode = (operation: string) => Code;

/** Takes the directory of `bundleFunctions` without the source maps, since parsing them would cost every cold start. */
export function functionCode(directory: string): FunctionCode {
  return (operation) => Code.fromAsset(join(directory, operation), { exclude: ["*.map"] });
}
