declare module 'asl-validator' {
  /** Errors of an Amazon States Language definition: schema, JSONPaths, missing and unreachable states. */
  export default function validate(definition: unknown): Promise<{ isValid: boolean; errors: object[] }>;
}
