import type { Body, MessageTag, SendEmailRequest, SendEmailResponse } from '@aws-sdk/client-sesv2';
import { sha256 } from '../../lambdas/core/json.ts';
import { AwsError, type Call, type Command, type Need, NotModelled, type Service } from './kernel.ts';
import { onlyModelled } from './modelled.ts';
import type { MailedMessage, Outbox } from './outbox.ts';

/** Verified identities and configuration sets, keyed by `account region name`: both are Regional. */
export interface MailSetup {
  identities: ReadonlyMap<string, { configurationSet?: string }>;
  configurationSets: ReadonlyMap<string, { tlsPolicy?: string; events?: string[] }>;
}

export function mailKey(account: string, region: string, name: string): string {
  return `${account} ${region} ${name}`;
}

export function bad(message: string): AwsError {
  return new AwsError('BadRequestException', 400, message);
}

/** `Name <a@b>` or `a@b` → `a@b`. Throws BadRequestException for anything else, line breaks first of all. */
export function addressOf(text: string): string {
  const address = /^[^<>\p{Cc}]*<([^<>\s]+)>$/u.exec(text)?.[1] ?? text;
  if (!/^[\x21-\x3f\x41-\x7e]+@[A-Za-z0-9.-]+$/.test(address)) throw bad(`Missing final '@domain' in '${text}'`);
  return address;
}

/** SES takes the address itself where it is verified, else its domain. */
export function identityOf(
  setup: MailSetup,
  from: string,
  call: Call,
): { name: string; configurationSet?: string } | undefined {
  const address = addressOf(from);
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
  for (const name of [address, domain]) {
    const identity = setup.identities.get(mailKey(call.caller.account, call.region, name));
    if (identity) return { name, ...identity };
  }
  return undefined;
}

function recipients(input: SendEmailRequest): Pick<MailedMessage, 'to' | 'cc' | 'bcc'> {
  const destination = input.Destination ?? {};
  onlyModelled(destination, ['ToAddresses', 'CcAddresses', 'BccAddresses'], 'SendEmail.Destination');
  const { ToAddresses: to = [], CcAddresses: cc = [], BccAddresses: bcc = [] } = destination;
  const all = [...to, ...cc, ...bcc];
  if (all.length === 0) throw bad('Recipient count is 0: at least one is needed.');
  if (all.length > 50) throw bad('Recipient count exceeds 50.');
  return { to: [...to], cc: [...cc], bcc: [...bcc] };
}

function part(body: Body, name: 'Text' | 'Html'): string | undefined {
  const content = body[name];
  if (content === undefined) return undefined;
  onlyModelled(content, ['Data', 'Charset'], `SendEmail.Content.Simple.Body.${name}`);
  return content.Data;
}

function contentOf(input: SendEmailRequest): Pick<MailedMessage, 'subject' | 'text' | 'html'> {
  onlyModelled(input.Content ?? {}, ['Simple'], 'SendEmail.Content');
  const simple = input.Content?.Simple;
  if (!simple) throw bad('Content must have one of Simple, Raw, Template.');
  onlyModelled(simple, ['Subject', 'Body'], 'SendEmail.Content.Simple');
  onlyModelled(simple.Subject ?? {}, ['Data', 'Charset'], 'SendEmail.Content.Simple.Subject');
  const subject = simple.Subject?.Data ?? '';
  if (/\p{Cc}/u.test(subject)) throw bad('Header content contains control characters: Subject.');
  const text = part(simple.Body ?? {}, 'Text');
  const html = part(simple.Body ?? {}, 'Html');
  if (text === undefined && html === undefined) throw bad('Body must have Text or Html.');
  return { subject, ...(text !== undefined && { text }), ...(html !== undefined && { html }) };
}

/** MessageTag reference: ASCII letters, digits, `_` and `-`, at most 256 characters, name and value. */
export function tagsOf(tags: readonly MessageTag[]): Record<string, string> {
  const valid = /^[A-Za-z0-9_-]{1,256}$/;
  return Object.fromEntries(
    tags.map(({ Name = '', Value = '' }) => {
      if (!valid.test(Name) || !valid.test(Value)) throw bad(`Invalid tag '${Name}' = '${Value}'.`);
      return [Name, Value];
    }),
  );
}

function needs(setup: MailSetup, input: SendEmailRequest, call: Call): Need[] {
  const from = input.FromEmailAddress;
  if (from === undefined) throw new NotModelled('SendEmail without FromEmailAddress');
  const identity = identityOf(setup, from, call);
  const address = addressOf(from);
  const owner = call.caller.account;
  const arn = (kind: string, name: string) => `arn:aws:ses:${call.region}:${owner}:${kind}/${name}`;
  const context = {
    'ses:ApiVersion': '2',
    'ses:FromAddress': address,
    'ses:Recipients': Object.values(recipients(input)).flat().map(addressOf),
  };
  const action = 'ses:SendEmail';
  const name = identity?.name ?? address.slice(address.lastIndexOf('@') + 1);
  const own: Need = { action, resource: arn('identity', name), owner, context };
  if (input.ConfigurationSetName === undefined) return [own];
  return [own, { action, resource: arn('configuration-set', input.ConfigurationSetName), owner, context }];
}

function sendEmail(setup: MailSetup, outbox: Pick<Outbox, 'mailed'>): Command<SendEmailRequest, SendEmailResponse> {
  return {
    parameters: ['FromEmailAddress', 'Destination', 'Content', 'ConfigurationSetName', 'EmailTags'],
    needs: (input, call) => needs(setup, input, call),
    run(input, call) {
      const from = input.FromEmailAddress ?? '';
      const identity = identityOf(setup, from, call);
      // seen wherever SES is used: an unverified sender is MessageRejected, only an unknown configuration set is NotFoundException
      if (!identity)
        throw new AwsError(
          'MessageRejected',
          400,
          `Email address is not verified. The following identities failed the check in region ${call.region.toUpperCase()}: ${from}`,
        );
      const set = input.ConfigurationSetName ?? identity.configurationSet;
      const options =
        set === undefined ? {} : setup.configurationSets.get(mailKey(call.caller.account, call.region, set));
      if (!options) throw new AwsError('NotFoundException', 404, `Configuration set <${set}> does not exist.`);
      const messageId = sha256(`${from} ${outbox.mailed.length}`).slice(0, 32);
      outbox.mailed.push({
        messageId,
        from,
        ...recipients(input),
        ...contentOf(input),
        ...(set !== undefined && { configurationSet: set }),
        ...(options.tlsPolicy !== undefined && { tlsPolicy: options.tlsPolicy }),
        tags: tagsOf(input.EmailTags ?? []),
        at: call.now.toString(),
      });
      return { MessageId: messageId };
    },
  };
}

/** Service `SESv2`: SendEmail with simple content from a deployed identity, into the outbox. */
export function sesv2(setup: MailSetup, outbox: Pick<Outbox, 'mailed'>): Service {
  return { SendEmail: sendEmail(setup, outbox) };
}
