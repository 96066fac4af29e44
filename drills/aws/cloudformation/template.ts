import { z } from 'zod';
import { NotModelled } from '../kernel.ts';
import { type Identity, identities, type Naming } from './physical.ts';

/** One synthesised stack: `template` is the parsed CloudFormation JSON. */
export interface Synthesised {
  stackName: string;
  account: string;
  region: string;
  template: unknown;
  parameters?: Record<string, string>;
}

const template = z.object({
  Parameters: z.record(z.string(), z.object({ Type: z.string(), Default: z.unknown().optional() })).default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Properties: z.record(z.string(), z.unknown()).default({}),
      Condition: z.string().optional(),
    }),
  ),
  Outputs: z
    .record(z.string(), z.object({ Value: z.unknown(), Export: z.object({ Name: z.unknown() }).optional() }))
    .default({}),
});

/** Looks up an export of another stack in the same account and Region. */
export type Imports = (account: string, region: string, exportName: string) => unknown;

const pair = z.tuple([z.unknown(), z.unknown()]);
const triple = z.tuple([z.string(), z.unknown(), z.unknown()]);

/** A template whose values can be read with their intrinsic functions resolved, lazily: only what is read must be modelled. */
export class Stack {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly #template: z.infer<typeof template>;
  readonly #parameters: Record<string, string>;
  readonly #imports: Imports;
  readonly #identities = new Map<string, Identity>();

  constructor(source: Synthesised, imports: Imports) {
    this.name = source.stackName;
    this.account = source.account;
    this.region = source.region;
    this.#template = template.parse(source.template);
    this.#parameters = source.parameters ?? {};
    this.#imports = imports;
  }

  /** Every resource with its unresolved properties; where its condition is false it does not exist. */
  resources(): {
    logicalId: string;
    type: string;
    properties: Record<string, unknown>;
    condition: string | undefined;
  }[] {
    return Object.entries(this.#template.Resources).map(([logicalId, { Type, Properties, Condition }]) => ({
      logicalId,
      type: Type,
      properties: Properties,
      condition: Condition,
    }));
  }

  outputs(): [key: string, output: { value: () => unknown; exportName: string | undefined }][] {
    return Object.entries(this.#template.Outputs).map(([key, { Value, Export }]) => [
      key,
      { value: () => this.resolve(Value), exportName: Export && this.#text(Export.Name, 'an export name') },
    ]);
  }

  /** What Ref and Fn::GetAtt give for a resource. Throws NotModelled for a resource type whose identity is not modelled. */
  identity(logicalId: string): Identity {
    const known = this.#identities.get(logicalId);
    if (known) return known;
    const resource = this.#template.Resources[logicalId];
    if (!resource) throw new RangeError(`stack ${this.name} refers to '${logicalId}', which it does not have`);
    const make = identities[resource.Type];
    if (!make)
      throw new NotModelled(`a reference to '${logicalId}' of type ${resource.Type}: add the type to physical.ts`);
    const naming: Naming = {
      stackName: this.name,
      account: this.account,
      region: this.region,
      logicalId,
      property: (name) => {
        const value = this.resolve(resource.Properties[name]);
        return value === undefined ? undefined : this.#text(value, `${logicalId}.${name}`);
      },
    };
    const identity = make(naming);
    this.#identities.set(logicalId, identity);
    return identity;
  }

  condition(name: string): boolean {
    if (!Object.hasOwn(this.#template.Conditions, name))
      throw new RangeError(`stack ${this.name} has no condition '${name}'`);
    return this.#judge(this.#template.Conditions[name]);
  }

  /** The value with every intrinsic function resolved; undefined for AWS::NoValue. */
  resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((v) => this.resolve(v)).filter((v) => v !== undefined);
    if (typeof value !== 'object' || value === null) return value;
    const [[name, argument] = [''], ...more] = Object.entries(value);
    if (more.length === 0 && (name === 'Ref' || name.startsWith('Fn::'))) return this.#intrinsic(name, argument);
    const resolved = Object.entries(value).map(([key, v]) => [key, this.resolve(v)] as const);
    return Object.fromEntries(resolved.filter(([, v]) => v !== undefined));
  }

  #intrinsic(name: string, argument: unknown): unknown {
    switch (name) {
      case 'Ref':
        return this.#ref(z.string().parse(argument));
      case 'Fn::GetAtt':
        return this.#attribute(z.union([z.string(), z.array(z.string())]).parse(argument));
      case 'Fn::Sub':
        return this.#sub(argument);
      case 'Fn::Join': {
        const [separator, parts] = pair.parse(argument);
        return this.#list(parts, name)
          .map((part) => this.#text(part, name))
          .join(this.#text(separator, name));
      }
      case 'Fn::Select': {
        const [index, list] = pair.parse(argument);
        const chosen = this.#list(list, name)[Number(this.resolve(index))];
        if (chosen === undefined) throw new RangeError(`Fn::Select ${JSON.stringify(argument)} selects nothing`);
        return chosen;
      }
      case 'Fn::Split': {
        const [separator, text] = pair.parse(argument);
        return this.#text(text, name).split(this.#text(separator, name));
      }
      case 'Fn::If': {
        const [condition, yes, no] = triple.parse(argument);
        return this.resolve(this.condition(condition) ? yes : no);
      }
      case 'Fn::ImportValue':
        return this.#imports(this.account, this.region, this.#text(argument, name));
      default:
        throw new NotModelled(`the intrinsic function ${name} in stack ${this.name}`);
    }
  }

  #ref(name: string): string | undefined {
    const pseudo: Record<string, string | undefined> = {
      'AWS::AccountId': this.account,
      'AWS::Region': this.region,
      'AWS::Partition': 'aws',
      'AWS::URLSuffix': 'amazonaws.com',
      'AWS::StackName': this.name,
      'AWS::NoValue': undefined,
    };
    if (Object.hasOwn(pseudo, name)) return pseudo[name];
    const parameter = this.#template.Parameters[name];
    if (!parameter) return this.identity(name).ref;
    const value = this.#parameters[name] ?? parameter.Default;
    if (parameter.Type !== 'String' && parameter.Type !== 'Number')
      throw new NotModelled(`the parameter '${name}' of type ${parameter.Type}`);
    if (value === undefined) throw new RangeError(`stack ${this.name} needs a value for its parameter '${name}'`);
    return String(value);
  }

  #attribute(argument: string | string[]): string {
    const [logicalId = '', ...rest] = [argument].flat().join('.').split('.');
    const attribute = rest.join('.');
    const value = this.identity(logicalId).attributes[attribute];
    if (value === undefined)
      throw new NotModelled(`Fn::GetAtt of '${attribute}' of '${logicalId}': add it to physical.ts`);
    return value;
  }

  #sub(argument: unknown): string {
    const [text, own] = typeof argument === 'string' ? [argument, {}] : pair.parse(argument);
    const variables = z.record(z.string(), z.unknown()).parse(own);
    return z
      .string()
      .parse(text)
      .replace(/\$\{(!?)([^}]+)\}/g, (_whole, literal: string, name: string) => {
        if (literal) return `\${${name}}`;
        if (Object.hasOwn(variables, name)) return this.#text(variables[name], 'Fn::Sub');
        return name.includes('.') ? this.#attribute(name) : (this.#ref(name) ?? '');
      });
  }

  #list(value: unknown, where: string): unknown[] {
    const list = this.resolve(value);
    if (!Array.isArray(list)) throw new NotModelled(`${where} over ${JSON.stringify(value)}`);
    return list;
  }

  #text(value: unknown, where: string): string {
    const text = this.resolve(value);
    if (typeof text === 'number' || typeof text === 'boolean') return String(text);
    if (typeof text !== 'string') throw new NotModelled(`${where} that is ${JSON.stringify(text)}, not text`);
    return text;
  }

  #judge(value: unknown): boolean {
    const [[name, argument] = ['']] = Object.entries(z.record(z.string(), z.unknown()).parse(value));
    if (name === 'Condition') return this.condition(z.string().parse(argument));
    const parts = z.array(z.unknown()).parse(argument);
    if (name === 'Fn::Equals') return this.#text(parts[0], name) === this.#text(parts[1], name);
    if (name === 'Fn::And') return parts.every((part) => this.#judge(part));
    if (name === 'Fn::Or') return parts.some((part) => this.#judge(part));
    if (name === 'Fn::Not') return !this.#judge(parts[0]);
    throw new NotModelled(`the condition function ${name} in stack ${this.name}`);
  }
}
