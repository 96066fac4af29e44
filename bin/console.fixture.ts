import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterEach, beforeEach, vi } from 'vitest';
import { request as words } from '../lambdas/console/decisions.ts';
import type { Readiness } from '../lambdas/core/readiness.ts';
import type { CaseFile } from './console.ts';
import type { ShownNotice } from './notice-page.ts';

export const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'not-a-secret' };
export const incident = '01M7XXNTCW0000000000000001';
const region = 'eu-west-1';

/** What a loopback console was asked: like the deployed one it takes signed calls only, and checks every body. */
export interface Console {
  url: string;
  calls: { method: string; path: string; body?: Record<string, unknown> }[];
  file: CaseFile;
  /** what the doctor answers */
  found: Readiness;
  /** the one notice of the case */
  notice?: ShownNotice;
  /** the next POST is answered so, and not taken */
  refuse?: { status: number; body: unknown };
  close(): Promise<void>;
}

const target = {
  kind: 's3-bucket' as const,
  id: 'northwind-patient-records',
  account: '111122223333',
  region: 'us-east-1',
};

export const asked: CaseFile['approvals'][number] = {
  id: 'p1-s1-q1',
  incident,
  subject: {
    kind: 'step',
    plan: 1,
    step: 1,
    action: 'remove-public-bucket-grants',
    target,
    title: 'Remove the grants',
  },
  hash: 'a'.repeat(64),
  before: 'b'.repeat(64),
  shows: ['policy statement "TempShare": present → removed'],
  losses: ['Everyone loses s3:GetObject.'],
  consequence: 'Whoever was let in by it is not let in any more.',
  asks: ['the playbook asks'],
  needs: 'one',
  onTimeout: 'hold',
  askedAt: '2026-11-21T02:06:33.000Z',
  expiresAt: '2026-11-21T02:26:33.000Z',
  told: 1,
};

function caseFile(): CaseFile {
  return {
    head: { id: incident, title: 'Policy:S3/BucketAnonymousAccessGranted', status: 'partly contained', open: [] },
    approvals: [structuredClone(asked)],
    decisions: [],
    changes: [
      { action: 'block-bucket-public-access', target, generation: 1, state: 'verified', reopens: true },
      { action: 'block-bucket-public-access', target, generation: 2, state: 'verified', reopens: true },
      { action: 'block-bucket-public-access', target, generation: 3, state: 'undone', reopens: true },
    ],
  };
}

export async function openConsole(): Promise<Console> {
  const server = createServer((call, response) => {
    answer(call, console_).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const console_: Console = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: [],
    file: caseFile(),
    found: { examinedAt: '2026-11-21T02:06:33.000Z', checks: [] },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return console_;
}

async function answer(call: IncomingMessage, state: Console): Promise<{ status: number; body: unknown }> {
  const chunks: Buffer[] = [];
  for await (const chunk of call) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  const { method = '', url: path = '' } = call;
  if (!(await signed(call, text))) return { status: 403, body: { message: 'Forbidden' } };
  state.calls.push({ method, path, ...(text && { body: JSON.parse(text) }) });
  if (method === 'GET' && path === '/doctor') return { status: 200, body: state.found };
  if (method === 'GET' && path.includes('/notices/')) return { status: 200, body: state.notice };
  if (method === 'GET') return { status: 200, body: state.file };
  if (state.refuse) return state.refuse;
  const said = words.parse(JSON.parse(text));
  if (said.decision === 'approve' || said.decision === 'decline')
    state.file.decisions.push({
      approval: said.approval,
      hash: said.hash,
      decision: said.decision,
      principal: 'arn:aws:iam::222222222222:user/mara',
      signedInAs: 'arn:aws:iam::222222222222:user/mara',
      name: 'Mara Lindqvist',
      reason: said.reason,
      decidedAt: '2026-11-21T02:07:22.000Z',
    });
  return { status: 200, body: answers[said.decision] };
}

const answers: Record<string, unknown> = {
  approve: { recorded: 'approve', at: '2026-11-21T02:07:22.000Z' },
  decline: { recorded: 'decline', at: '2026-11-21T02:07:22.000Z' },
  restore: { requested: 'R1', approval: 'restore-R1' },
  pause: { paused: true, version: 1, at: '2026-11-21T02:08:00.000Z' },
  resume: { paused: false, version: 2, at: '2026-11-21T02:09:00.000Z' },
  acknowledge: { acknowledged: 2 },
  draft: { notice: 'us-hipaa-individual.individual.2', draft: 2, state: 'drafted', missing: [] },
  send: { asked: ['Dana Whitfield', 'Ruth Abara'] },
  learn: { facts: 2, schedule: 2, changed: true },
};

/** Whether AWS would accept the signature: made again from the same request, key and time, it is the same. */
async function signed(call: IncomingMessage, body: string): Promise<boolean> {
  const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 });
  const date = String(call.headers['x-amz-date']);
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  const { host = '', 'content-type': type } = call.headers;
  const again = await signer.sign(
    {
      method: call.method ?? '',
      protocol: 'http:',
      hostname: host,
      path: call.url ?? '',
      headers: { host, ...(type && { 'content-type': type }) },
      ...(body && { body }),
    },
    { signingDate: new Date(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`) },
  );
  return call.headers.authorization === again.headers.authorization;
}

export const environment = {
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_REGION: region,
  AWS_EC2_METADATA_DISABLED: 'true',
};

/** A loopback console for each test, to which the command line is pointed; gone after it. */
export function consolePerTest(): { readonly now: Console; posted(): (Record<string, unknown> | undefined)[] } {
  let server: Console;
  beforeEach(async () => {
    server = await openConsole();
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    vi.stubEnv('TOURNIQUET_API', server.url);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    await server.close();
  });
  return {
    get now() {
      return server;
    },
    posted: () => server.calls.filter((call) => call.method !== 'GET').map((call) => call.body),
  };
}
