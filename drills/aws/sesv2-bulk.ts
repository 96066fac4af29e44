import type {
  BulkEmailEntry,
  BulkEmailEntryResult,
  SendBulkEmailRequest,
  SendBulkEmailResponse,
} from '@aws-sdk/client-sesv2';
import { sha256 } from '../../lambdas/core/json.ts';
import { AwsError, type Call, type Command, type Need, NotModelled, type Service } from './kernel.ts';
import { onlyModelled } from './modelled.ts';
import type { Outbox } from './outbox.ts';
import { addressOf, bad, identityOf, type MailSetup, mailKey, tagsOf } from './sesv2.ts';
import { mailAccountOf, takenToday } from './sesv2-account.ts';
import type { World } from './world.ts';

/*
 * SendBulkEmail with content in the call, and the events of its configuration set. What becomes of a message follows its address, as in
 * the mailbox simulator of SES (developer guide, "Using the mailbox simulator"): `bounce@…`, `complaint@…`, `throttled@…` (this one
 * is ours: SES has no such address, and it is taken the second time); everything else is delivered. Does not model: stored templates, the pace of MaxSendRate.
 */

type Fate = 'delivered' | 'bounced' | 'complained' | 'throttled';

const fateOf = (address: string): Fate => {
  const local = address.split('@')[0] ?? '';
  if (local.startsWith('bounce')) return 'bounced';
  if (local.startsWith('complaint')) return 'complained';
  return local.startsWith('throttled') ? 'throttled' : 'delivered';
};

/** Only simple substitutions, and nothing is escaped (API reference, Template, "TemplateContent"). */
function filled(text: string | undefined, values: Record<string, unknown>): string | undefined {
  return text?.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (typeof value !== 'string') throw bad(`Attribute '${name}' is not present in the rendering data.`);
    return value;
  });
}

function entriesOf({ BulkEmailEntries: entries = [] }: SendBulkEmailRequest): BulkEmailEntry[] {
  if (entries.length === 0) throw bad('There must be at least one destination.');
  if (entries.length > 50) throw bad('The number of destinations exceeds 50.');
  for (const entry of entries)
    onlyModelled(entry, ['Destination', 'ReplacementTags', 'ReplacementEmailContent'], 'BulkEmailEntries');
  return entries;
}

function needs(setup: MailSetup, input: SendBulkEmailRequest, call: Call): Need[] {
  const from = input.FromEmailAddress ?? '';
  const owner = call.caller.account;
  const name = identityOf(setup, from, call)?.name ?? addressOf(from).split('@').at(-1);
  const arn = (resource: string) => `arn:aws:ses:${call.region}:${owner}:${resource}`;
  const need = (resource: string): Need => ({ action: 'ses:SendBulkEmail', resource: arn(resource), owner });
  const set = input.ConfigurationSetName;
  return [need(`identity/${name}`), ...(set ? [need(`configuration-set/${set}`)] : [])];
}

interface Sent {
  messageId: string;
  to: string;
  from: string;
  set: string;
  tags: Record<string, string>;
  call: Call;
}

/** What SES publishes to EventBridge (developer guide, "SES events schema reference"), by the word of MatchingEventTypes in a template. */
function eventsOf(sent: Sent, fate: Fate): [kind: string, event: Record<string, unknown>][] {
  const { messageId, to, from, set, tags, call } = sent;
  const mail = {
    timestamp: call.now.toString(),
    messageId,
    source: from,
    sendingAccountId: call.caller.account,
    destination: [to],
    tags: Object.fromEntries(Object.entries({ ...tags, 'ses:configuration-set': set }).map(([k, v]) => [k, [v]])),
  };
  const event = (title: string, eventType: string, more: object): Record<string, unknown> => ({
    version: '0',
    id: sha256(`${messageId} ${eventType}`).slice(0, 32),
    'detail-type': title,
    source: 'aws.ses',
    account: call.caller.account,
    time: call.now.toString(),
    region: call.region,
    resources: [`arn:aws:ses:${call.region}:${call.caller.account}:configuration-set/${set}`],
    detail: { eventType, mail, ...more },
  });
  const bounce = { bounceType: 'Permanent', bounceSubType: 'General', bouncedRecipients: [{ emailAddress: to }] };
  const complaint = { complainedRecipients: [{ emailAddress: to }], complaintFeedbackType: 'abuse' };
  const delivery: [string, Record<string, unknown>] = [
    'delivery',
    event('Email Delivered', 'Delivery', { delivery: { recipients: [to] } }),
  ];
  return [
    ['send', event('Email Sent', 'Send', { send: {} })],
    ...(fate === 'bounced' ? [] : [delivery]),
    ...(fate === 'bounced' ? [['bounce', event('Email Bounced', 'Bounce', { bounce })] as [string, object]] : []),
    ...(fate === 'complained'
      ? [['complaint', event('Email Complaint Received', 'Complaint', { complaint })] as [string, object]]
      : []),
  ] as [string, Record<string, unknown>][];
}

export function sesBulkCommands(world: World, setup: MailSetup, outbox: Pick<Outbox, 'mailed' | 'tells'>): Service {
  const tried = new Set<string>();
  const one = (input: SendBulkEmailRequest, entry: BulkEmailEntry, set: string, call: Call): BulkEmailEntryResult => {
    const account = mailAccountOf(world, call);
    const [to] = entry.Destination?.ToAddresses ?? [];
    if (to === undefined || entry.Destination?.ToAddresses?.length !== 1)
      throw new NotModelled('a bulk destination of not one address');
    addressOf(to);
    if (takenToday(account, call) >= account.quota[0] && account.quota[0] >= 0)
      return { Status: 'ACCOUNT_DAILY_QUOTA_EXCEEDED', Error: 'Daily message quota exceeded.' };
    const fate = fateOf(to);
    if (fate === 'throttled' && !tried.has(to) && tried.add(to))
      return { Status: 'ACCOUNT_THROTTLED', Error: 'Maximum sending rate exceeded.' };
    account.taken.push({ at: call.now.epochMilliseconds, messages: 1 });
    const template = input.DefaultContent?.Template;
    const data = entry.ReplacementEmailContent?.ReplacementTemplate?.ReplacementTemplateData ?? template?.TemplateData;
    const values = JSON.parse(data ?? '{}') as Record<string, unknown>;
    const { Subject, Text, Html } = template?.TemplateContent ?? {};
    const from = input.FromEmailAddress ?? '';
    const messageId = sha256(`bulk ${from} ${outbox.mailed.length}`).slice(0, 32);
    const tags = tagsOf([...(input.DefaultEmailTags ?? []), ...(entry.ReplacementTags ?? [])]);
    const options = setup.configurationSets.get(mailKey(call.caller.account, call.region, set));
    outbox.mailed.push({
      messageId,
      from,
      to: [to],
      cc: [],
      bcc: [],
      subject: filled(Subject, values) ?? '',
      text: filled(Text, values),
      html: filled(Html, values),
      configurationSet: set,
      ...(options?.tlsPolicy !== undefined && { tlsPolicy: options.tlsPolicy }),
      tags,
      at: call.now.toString(),
    });
    for (const [kind, event] of eventsOf({ messageId, to, from, set, tags, call }, fate))
      if (options?.events?.includes(kind)) outbox.tells?.(event);
    return { Status: 'SUCCESS', MessageId: messageId };
  };
  const sendBulkEmail: Command<SendBulkEmailRequest, SendBulkEmailResponse> = {
    parameters: ['FromEmailAddress', 'DefaultContent', 'BulkEmailEntries', 'ConfigurationSetName', 'DefaultEmailTags'],
    needs: (input, call) => needs(setup, input, call),
    run(input, call) {
      const entries = entriesOf(input);
      onlyModelled(
        input.DefaultContent?.Template ?? {},
        ['TemplateContent', 'TemplateData'],
        'DefaultContent.Template',
      );
      if (!input.DefaultContent?.Template?.TemplateContent)
        throw new NotModelled('SendBulkEmail without TemplateContent');
      const identity = identityOf(setup, input.FromEmailAddress ?? '', call);
      if (!identity) throw new AwsError('MailFromDomainNotVerifiedException', 400, 'The sender is not verified.');
      const set = input.ConfigurationSetName ?? identity.configurationSet;
      if (set === undefined) throw new NotModelled('SendBulkEmail without a configuration set');
      if (!setup.configurationSets.has(mailKey(call.caller.account, call.region, set)))
        throw new AwsError('NotFoundException', 404, `Configuration set <${set}> does not exist.`);
      return { BulkEmailEntryResults: entries.map((entry) => one(input, entry, set, call)) };
    },
  };
  return { SendBulkEmail: sendBulkEmail };
}
