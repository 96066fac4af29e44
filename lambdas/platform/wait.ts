/** Seconds of the process's clock, which a drill and a test drive: AWS spreads some changes slowly. */
export function wait(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
