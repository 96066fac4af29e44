import type { Account, Resource } from '../account.ts';
import { AwsError, type Call, type Caller, type Command, type Service } from '../kernel.ts';
import { Staged } from '../staged.ts';
import type { Credentials, World } from '../world.ts';
import { noSuchEntity, type PageInput, page, pageParameters } from './requests.ts';

/*
 * The root user's own credentials, and the IAM commands that name no user and so mean the caller, when the caller is root.
 * Does not model: sign-in, making a password, switching a key off and on, MFA at use, a root user without RootUserSeed that makes a key.
 */

export interface RootUserSeed {
  accessKeys?: string[];
  loginProfile?: boolean;
  /** ARNs of MFA devices */
  mfaDevices?: string[];
  signingCertificates?: string[];
}

interface Stored {
  accessKeys: string[];
  loginProfile: boolean;
  mfaDevices: string[];
  signingCertificates: string[];
}

/** Member accounts that Organizations creates have no root credentials. */
const nothing: Stored = { accessKeys: [], loginProfile: false, mfaDevices: [], signingCertificates: [] };

class RootUser implements Resource {
  readonly credentials: Staged<Stored>;

  constructor(account: Account, seed: RootUserSeed) {
    const { now, propagation } = account.ground;
    this.credentials = new Staged(now, propagation.iam, { ...nothing, ...seed });
  }

  stored() {
    return { ...this.credentials.stored };
  }
}

const arnOf = (account: string) => `arn:aws:iam::${account}:root`;

export function seedRootUser(account: Account, seed: RootUserSeed): void {
  account.resources.set(arnOf(account.id), new RootUser(account, seed));
}

function rootUser(world: World, account: string): RootUser | undefined {
  const found = world.accounts.get(account)?.resources.get(arnOf(account));
  return found instanceof RootUser ? found : undefined;
}

const secretOf = (id: string) => `secret of ${id}`;

/** The long-term credentials of a root user's key, as its holder has them. */
export const rootKey = (id: string): Credentials => ({ accessKeyId: id, secretAccessKey: secretOf(id) });

/** The root user who signs with this key, or undefined where no root user has it. */
export function rootBehind(world: World, credentials: Credentials): Caller | undefined {
  const id = credentials.accessKeyId;
  for (const account of world.accounts.keys()) {
    const keys = rootUser(world, account)?.credentials.effective.accessKeys ?? [];
    if (keys.includes(id) && credentials.secretAccessKey === secretOf(id))
      return { type: 'root', account, principalArn: arnOf(account), userId: account, accessKeyId: id };
  }
  return undefined;
}

interface RootInput extends PageInput {
  UserName?: string;
  AccessKeyId?: string;
  SerialNumber?: string;
  CertificateId?: string;
}

interface Model {
  parameters: readonly string[];
  run(stored: Stored, input: RootInput, world: World): { answer?: object; left?: Partial<Stored> };
}

/** A list without one member. Throws NoSuchEntity when it is not there. */
function without(list: string[], one: string | undefined, what: string): string[] {
  if (one === undefined || !list.includes(one)) throw noSuchEntity(`The ${what} ${one}`);
  return list.filter((other) => other !== one);
}

function listed(items: string[], input: RootInput, name: string, show: (item: string) => object) {
  const { items: shown, ...more } = page(items, input);
  return { answer: { [name]: shown.map(show), ...more } };
}

const models: Record<string, Model> = {
  ListAccessKeys: {
    parameters: pageParameters,
    run: ({ accessKeys }, input) =>
      listed(accessKeys, input, 'AccessKeyMetadata', (AccessKeyId) => ({ AccessKeyId, Status: 'Active' })),
  },
  ListMFADevices: {
    parameters: pageParameters,
    run: ({ mfaDevices }, input) => listed(mfaDevices, input, 'MFADevices', (SerialNumber) => ({ SerialNumber })),
  },
  ListSigningCertificates: {
    parameters: pageParameters,
    run: ({ signingCertificates }, input) =>
      listed(signingCertificates, input, 'Certificates', (CertificateId) => ({ CertificateId, Status: 'Active' })),
  },
  GetLoginProfile: {
    parameters: [],
    run({ loginProfile }) {
      if (!loginProfile) throw noSuchEntity('Login Profile for the root user');
      return { answer: { LoginProfile: { PasswordResetRequired: false } } };
    },
  },
  CreateAccessKey: {
    parameters: [],
    run({ accessKeys }, _input, world) {
      if (accessKeys.length >= 2)
        throw new AwsError('LimitExceededException', 409, 'Cannot exceed quota for AccessKeysPerUser: 2');
      const id = world.nextId('AKIA');
      const AccessKey = { AccessKeyId: id, SecretAccessKey: secretOf(id), Status: 'Active' };
      return { answer: { AccessKey }, left: { accessKeys: [...accessKeys, id] } };
    },
  },
  DeleteAccessKey: {
    parameters: ['AccessKeyId'],
    run: ({ accessKeys }, input) => ({ left: { accessKeys: without(accessKeys, input.AccessKeyId, 'Access Key') } }),
  },
  DeactivateMFADevice: {
    parameters: ['SerialNumber'],
    run: ({ mfaDevices }, input) => ({ left: { mfaDevices: without(mfaDevices, input.SerialNumber, 'MFA device') } }),
  },
  DeleteSigningCertificate: {
    parameters: ['CertificateId'],
    run: ({ signingCertificates }, input) => ({
      left: { signingCertificates: without(signingCertificates, input.CertificateId, 'Certificate') },
    }),
  },
  DeleteLoginProfile: {
    parameters: [],
    run({ loginProfile }) {
      if (!loginProfile) throw noSuchEntity('Login Profile for the root user');
      return { left: { loginProfile: false } };
    },
  },
};

type AnyCommand = Command<RootInput, unknown>;

/** A command that means the root user when root calls it without a user's name, and is what it was for everybody else. */
function forRoot(world: World, name: string, model: Model, others: AnyCommand | undefined): AnyCommand {
  const isRoot = (input: RootInput, call: Call) => call.caller.type === 'root' && input.UserName === undefined;
  const otherwise = (): AnyCommand => {
    if (others) return others;
    throw new AwsError('ValidationError', 400, `the simulated IAM models ${name} for the root user only`);
  };
  return {
    parameters: [...new Set([...model.parameters, ...(others?.parameters ?? [])])],
    needs(input, call) {
      if (!isRoot(input, call)) return otherwise().needs(input, call);
      const { account } = call.caller;
      return [{ action: `iam:${name}`, resource: arnOf(account), owner: account }];
    },
    run(input, call) {
      if (!isRoot(input, call)) return otherwise().run(input, call);
      const user = rootUser(world, call.caller.account);
      const stored = user?.credentials.stored ?? nothing;
      const { answer, left } = model.run(stored, input, world);
      if (left) user?.credentials.set({ ...stored, ...left });
      return answer;
    },
  };
}

/** IAM with the root user's own commands added. */
export function withRootUser(world: World, service: Service): Service {
  const own = Object.entries(models).map(([name, model]) => [
    name,
    forRoot(world, name, model, service[name] as AnyCommand | undefined),
  ]);
  return { ...service, ...(Object.fromEntries(own) as Service) };
}
