import { z } from 'zod';
import { NotModelled } from '../kernel.ts';
import type { Stack } from './template.ts';

/** One resource of a stack, with the properties that a shape asks for resolved on reading. */
export class DeclaredResource {
  readonly stack: Stack;
  readonly logicalId: string;
  readonly type: string;
  readonly #properties: Record<string, unknown>;

  constructor(stack: Stack, declared: { logicalId: string; type: string; properties: Record<string, unknown> }) {
    this.stack = stack;
    this.logicalId = declared.logicalId;
    this.type = declared.type;
    this.#properties = declared.properties;
  }

  get ref(): string {
    return this.stack.identity(this.logicalId).ref;
  }

  get arn(): string {
    return this.stack.resolve({ 'Fn::GetAtt': [this.logicalId, 'Arn'] }) as string;
  }

  /** Where the resource is: what a reader needs to find it in the template and in AWS. */
  get placement(): { stackName: string; logicalId: string; account: string; region: string } {
    const { name: stackName, account, region } = this.stack;
    return { stackName, logicalId: this.logicalId, account, region };
  }

  /** Throws NotModelled where the resource has another form than the model reads. */
  read<S extends z.ZodRawShape>(shape: z.ZodObject<S>): z.infer<z.ZodObject<S>> {
    const resolved = Object.keys(shape.shape).map(
      (name) => [name, this.stack.resolve(this.#properties[name])] as const,
    );
    const parsed = shape.safeParse(Object.fromEntries(resolved.filter(([, value]) => value !== undefined)));
    if (parsed.success) return parsed.data;
    throw new NotModelled(
      `${this.type} '${this.logicalId}' of stack ${this.stack.name} as it is declared: ${z.prettifyError(parsed.error)}`,
    );
  }
}
