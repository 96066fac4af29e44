import type { JsonObject } from '../../../lambdas/core/json.ts';
import { seedMailAccount } from '../../aws/sesv2-account.ts';
import type { Rehearsal } from '../../engine/rehearsal.ts';
import { personOf, type Reaction, type Scenario } from '../../engine/scenario.ts';
import { uploadRecipients } from '../../engine/uploader.ts';
import leak from '../public-bucket/scenario.ts';

const response = '222222222222';
const region = 'us-east-1';
const letters = { regime: 'us-hipaa-individual', obligation: 'individual' };
const residents = { WA: 560, OR: 360 };

const text: JsonObject = {
  elements: {
    'what-happened':
      'On November 20, 2026, anyone on the internet could read a storage area with patient records. We found out on November 20, 2026, and closed it the same day.',
    'what-data': 'Your name, date of birth and the reason for your visit.',
    'what-to-do': 'Read the letters of your health insurer. Call us when a visit is listed that you did not make.',
    'what-we-do': 'We closed the storage area and check every other one each night.',
    contact: 'Call 1-800-555-0100, free of charge, or write to 1 Harbor Way, Seattle, WA 98101.',
  },
  sender: {
    organization: 'Northwind Clinic',
    signedBy: 'Dana Whitfield, Privacy Officer',
    address: ['1 Harbor Way', 'Seattle, WA 98101'],
    tollFree: '1-800-555-0100',
  },
};

/** Made-up people, each of whom agreed to e-mail. */
function people(): string {
  const columns =
    'name,email,email_consent,address_line1,address_line2,city,state,zip,country,phone,language,deceased,representative';
  const rows = Object.entries(residents).flatMap(([state, count]) =>
    Array.from(
      { length: count },
      (_, n) =>
        `Person ${state} ${n},person-${state}-${n}@patients.example,yes,${n} Main St,,Somewhere,${state},98101,,,,,`,
    ),
  );
  return `${[columns, ...rows].join('\n')}\n`;
}

/** Ticks come at speed: two a day. Whatever the days in between would have raised, the next one catches up with. */
async function days(drill: Rehearsal, count: number): Promise<void> {
  for (let half = 0; half < count * 2; half++) {
    await drill.during(drill.clock.after(12 * 3600));
    await drill.during(drill.tick());
    await drill.settle();
  }
}

async function say(drill: Rehearsal, who: Reaction['person'], words: JsonObject): Promise<void> {
  const person = personOf(drill.settings, who);
  if (!person) throw new Error(`the settings name no ${who}`);
  const answer = await drill.during(drill.asPerson(person, 'POST', '/decisions', words));
  if (answer.status !== 200) throw new Error(`${person.name} was refused: ${JSON.stringify(answer.body)}`);
  await drill.settle();
}

async function aftermath(drill: Rehearsal, incident: string): Promise<void> {
  const today = () =>
    drill.clock
      .now()
      .toZonedDateTimeISO(drill.settings.entities[0]?.zone ?? 'UTC')
      .toPlainDate();
  const learn = (reason: string, change: JsonObject) =>
    say(drill, 'privacyOfficer', { decision: 'learn', incident, reason, change });
  const left = (regime: string, obligation: string, proof: string) =>
    learn(`${regime}/${obligation} has left`, {
      add: { sent: [{ regime, obligation, on: today().toString(), proof }] },
    });

  await days(drill, 1);
  await learn('the records that were open are counted', { set: { individuals: { total: 920, byState: residents } } });
  await days(drill, 1);
  const until = today().add({ days: 75 }).toString();
  const hold = {
    kind: 'written',
    date: today().toString(),
    until,
    official: 'Det. R. Alvarez, Oregon State Police',
    regimes: ['us-or'],
  };
  await learn('the State Police asks in writing to wait with the notices in Oregon', { add: { holds: [hold] } });

  await days(drill, 6);
  const recipients = await uploadRecipients(drill, incident, `${today()}.csv`, people());
  await say(drill, 'privacyOfficer', {
    decision: 'draft',
    incident,
    ...letters,
    text,
    recipients,
    reason: 'to everybody whose record was open',
  });
  await say(drill, 'privacyOfficer', { decision: 'send', incident, ...letters, draft: 1, reason: 'it is complete' });

  await days(drill, 4);
  await left('us-hipaa-media', 'media', 'press release of that day, kept with the case');
  await days(drill, 8);
  await left('us-wa', 'ag', 'confirmation of the Attorney General’s form, kept with the case');
  // nobody files the report to HHS, which was due on the day on which the letters left
  await days(drill, 41);
}

const scenario: Scenario = {
  ...leak,
  id: 'breach-clock',
  title: 'Sixty days of notices',
  story:
    'The open bucket of the first drill, and what comes after it: 920 people in two States must be told, a police officer asks to wait in one of them, and somebody forgets a regulator. Two months pass in seconds.',
  seed: (world) => {
    leak.seed(world);
    seedMailAccount(world.account(response), { region, production: true, quota: [50_000, 14] });
  },
  people: (asked) => {
    if (asked.approval.endsWith('-officer'))
      return {
        after: 3600,
        person: 'privacyOfficer',
        decision: 'approve',
        reason: 'it says what happened, in plain words',
      };
    if (asked.approval.endsWith('-counsel'))
      return { after: 7200, person: 'counsel', decision: 'approve', reason: 'every element of 164.404(c) is there' };
    return leak.people(asked);
  },
  aftermath,
  expects: {
    notices: {
      'us-hipaa-individual/individual': 'sent',
      'us-hipaa-media/media': 'sent',
      'us-hipaa-hhs-500plus/hhs_large': 'overdue',
      'us-wa/individual': 'exempt',
      'us-wa/ag': 'sent',
      'us-or/individual': 'held',
    },
  },
};
export default scenario;
