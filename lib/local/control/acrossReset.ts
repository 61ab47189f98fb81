/** Reads the table; anew where a reset deleted it meanwhile, for then there is another. */
export async function acrossReset<Result>(read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Error && error.name === "ResourceNotFoundException") return read();
    throw error;
  }
}
