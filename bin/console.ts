import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import { z } from 'zod';
import { approvalRequest, decision } from '../lambdas/core/approval.ts';
import { inert } from '../lambdas/core/inert.ts';
import { type Readiness, readiness } from '../lambdas/core/readiness.ts';
import { target } from '../lambdas/core/target.ts';
import { type ShownNotice, shownNotice } from './notice-page.ts';
import { BadUsage, Refusal } from './outcome.ts';

/** The part of a case that the command line shows; a newer deployment may say more. */
const caseFile = z.object({
  head: z.object({ id: z.string(), title: z.string(), status: z.string(), open: z.array(z.string()) }),
  approvals: z.array(z.object(approvalRequest.omit({ token: true }).shape)),
  decisions: z.array(z.object(decision.shape)),
  changes: z.array(
    z.object({ action: z.string(), target, generation: z.int(), state: z.string(), reopens: z.boolean() }),
  ),
  // read by the commands that show them: what they do not know must not keep anybody from deciding
  facts: z.unknown().optional(),
  schedule: z.unknown().optional(),
  work: z.unknown().optional(),
  obligations: z.unknown().optional(),
});
export type CaseFile = z.infer<typeof caseFile>;
export type Asked = CaseFile['approvals'][number];

const refusal = z.object({ error: z.string() }).or(z.object({ message: z.string() }));

/** The case id in a command's arguments. Throws BadUsage: it becomes part of a path. */
export function caseId(text: string): string {
  if (/^[0-9A-HJKMNP-TV-Z]{26}$/.test(text)) return text;
  throw new BadUsage(`"${inert(text)}" is no case id: 26 digits and capital letters, as in the mail that asked you`);
}

/** The deployed console API, called as whoever is signed in to AWS here: every call is signed (Signature Version 4). */
export class ConsoleClient {
  readonly #url: URL;
  readonly #signer: SignatureV4;

  /** Throws BadUsage for an address that requests must not be sent to. */
  constructor(address: string | undefined) {
    this.#url = checkedUrl(address);
    this.#signer = new SignatureV4({
      service: 'execute-api',
      region: regionOf(this.#url),
      sha256: Sha256,
      credentials: fromNodeProviderChain(),
    });
  }

  /** A case with what it asks people. Changes nothing. Throws Refusal in words. */
  async case(id: string): Promise<CaseFile> {
    const parsed = caseFile.safeParse(await this.#call('GET', `/incidents/${id}`));
    if (parsed.success) return parsed.data;
    throw this.#newer();
  }

  /** One notice of a case with its text. Changes nothing. Throws Refusal in words. */
  async notice(id: string, of: { regime: string; obligation: string }): Promise<ShownNotice> {
    const path = `/incidents/${id}/notices/${of.regime}/${of.obligation}`;
    const parsed = shownNotice.safeParse(await this.#call('GET', path));
    if (parsed.success) return parsed.data;
    throw this.#newer();
  }

  /** What the deployed doctor finds now. Changes nothing. Throws Refusal in words. */
  async doctor(): Promise<Readiness> {
    const parsed = readiness.safeParse(await this.#call('GET', '/doctor'));
    if (parsed.success) return parsed.data;
    throw this.#newer();
  }

  #newer(): Refusal {
    return new Refusal(`${this.#url.host} answers in a form that this version does not know: update Tourniquet here`);
  }

  /** Sends what a person decided. Throws Refusal in the console's own words. */
  async decide(words: {
    decision: string;
    reason: string;
    [field: string]: unknown;
  }): Promise<Record<string, unknown>> {
    return z.record(z.string(), z.unknown()).parse(await this.#call('POST', '/decisions', JSON.stringify(words)));
  }

  async #call(method: 'GET' | 'POST', path: string, body?: string): Promise<unknown> {
    const signed = await this.#sign(method, path, body);
    const answer = await fetch(new URL(path, this.#url), {
      method,
      body,
      headers: signed,
      redirect: 'error',
      signal: AbortSignal.timeout(30_000),
    }).catch((error: Error) => {
      const cause =
        error.cause instanceof Error ? error.cause.message || String(Reflect.get(error.cause, 'code')) : error.message;
      throw new Refusal(`${this.#url.host} cannot be reached: ${cause}; nothing was decided as far as this side knows`);
    });
    const said: unknown = await answer.json().catch(() => undefined);
    if (answer.ok) return said;
    throw new Refusal(inWords(answer.status, said));
  }

  async #sign(method: string, path: string, body: string | undefined): Promise<Record<string, string>> {
    const { protocol, hostname, port, host } = this.#url;
    const headers: Record<string, string> = { host };
    if (body !== undefined) headers['content-type'] = 'application/json';
    const request = { method, protocol, hostname, port: port ? Number(port) : undefined, path, headers, body };
    try {
      return (await this.#signer.sign(request)).headers;
    } catch (error) {
      throw new Refusal(
        `no AWS credentials to sign with: ${(error as Error).message}; sign in (aws sso login, AWS_PROFILE)`,
      );
    }
  }
}

function checkedUrl(address: string | undefined): URL {
  if (!address)
    throw new BadUsage(
      'which deployment? Give --api or TOURNIQUET_API: the output Url of the stack tourniquet-response',
    );
  const url = URL.parse(address);
  const loopback = url && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url?.protocol === 'https:' || (loopback && url?.protocol === 'http:')) return url;
  throw new BadUsage(`"${inert(address)}" is no address of a console API: https://…execute-api.REGION.amazonaws.com`);
}

function regionOf(url: URL): string {
  const region = /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(url.hostname)?.[1];
  const fallback = region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
  if (fallback) return fallback;
  throw new BadUsage(`the Region of ${url.host} cannot be told from its name: set AWS_REGION`);
}

/** API Gateway says `message`, our handler says `error`. */
function inWords(status: number, said: unknown): string {
  const parsed = refusal.safeParse(said);
  const words = parsed.success ? inert('error' in parsed.data ? parsed.data.error : parsed.data.message, 1000) : '';
  if (parsed.success && 'error' in parsed.data) return words;
  if (status === 403)
    return `AWS refuses the call${words && ` (${words})`}: are you signed in to the response account with the on-call policy?`;
  if (status === 404) return 'there is no such case or route in this deployment';
  return `the console answers ${status}${words && ` (${words})`}; look at the case before you try again`;
}
