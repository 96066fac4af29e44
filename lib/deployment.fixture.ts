import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { onTestFinished } from 'vitest';
import { readSettings } from '../bin/settings.ts';
import type { Settings } from '../lambdas/core/settings.ts';
import { deploy } from './deployment.ts';

export const root = join(import.meta.dirname, '..');
export const settingsFiles = { organization: 'settings.example.json', trial: 'settings.trial.example.json' } as const;
export type Shape = keyof typeof settingsFiles;

export interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
  DeletionPolicy?: string;
}
export interface Template {
  Resources: Record<string, Resource>;
}
export interface Statement {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  Action?: string | string[];
  NotAction?: string | string[];
  Resource?: unknown;
  Principal?: unknown;
  Condition?: Record<string, Record<string, unknown>>;
}

/** Code is a stand-in, so that a template says nothing about bundles. */
export const codeOf = () => join(root, 'test/fixtures/function-code');

export async function exampleSettings(shape: Shape): Promise<Settings> {
  return readSettings(join(root, settingsFiles[shape]));
}

export function appOf(settings: Settings, from: string = root): App {
  const app = new App({ analyticsReporting: false });
  deploy(app, { settings, root: from, codeOf });
  return app;
}

/** The templates by what they are for: `response`, `forensics`, `member` (the first one), `management` where the settings name one. */
export function templatesOf(
  settings: Settings,
  from: string = root,
): Record<'response' | 'forensics' | 'member', Template> & { management?: Template } {
  const assembly = appOf(settings, from).synth();
  const template = (prefix: string) =>
    assembly.stacks.find((stack) => stack.id.startsWith(prefix))?.template as Template;
  return {
    response: template('tourniquet-response'),
    forensics: template('tourniquet-forensics'),
    member: template('tourniquet-member-'),
    ...(settings.accounts.management && { management: template('tourniquet-management') }),
  };
}

export function resources(template: Template, type: string): [logicalId: string, resource: Resource][] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
}

/** Every statement of every policy that a role carries, by role name. */
export function statementsByRole(template: Template): Map<string, Statement[]> {
  return new Map(
    resources(template, 'AWS::IAM::Role').map(([, { Properties }]) => {
      const references = (Properties.ManagedPolicyArns ?? []) as { Ref: string }[];
      return [
        String(Properties.RoleName),
        references.flatMap(({ Ref }) => document(template.Resources[Ref]?.Properties.PolicyDocument)),
      ];
    }),
  );
}

export function document(policy: unknown): Statement[] {
  return (policy as { Statement: Statement[] } | undefined)?.Statement ?? [];
}

export function list<T>(value: T | T[] | undefined): T[] {
  return value === undefined ? [] : ([value].flat() as T[]);
}

/** A repository of its own with the project's folders, changed as given (`undefined` removes a file). Removed after the test. */
export function rootWith(changes: Record<string, unknown>): string {
  const folder = mkdtempSync(join(tmpdir(), 'declarations-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const part of ['lambdas', 'statemachines'])
    cpSync(join(root, part), join(folder, part), {
      recursive: true,
      filter: (path) => !path.endsWith('.ts'),
    });
  for (const [path, content] of Object.entries(changes)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    if (content === undefined) rmSync(join(folder, path), { force: true });
    else writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}
