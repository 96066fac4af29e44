/** Whether an error is this code of an AWS service: the SDK names modelled errors of query services with `Exception` behind it. */
export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error.name === code || error.name === `${code}Exception`);
}

/** Whether AWS answered with an error, rather than our own code failing. */
export function isAnswer(error: unknown): error is Error {
  return error instanceof Error && '$metadata' in error;
}
