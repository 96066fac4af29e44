import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { brakeSays, recent, total } from '../core/brake.ts';
import { drawPlan, type Known } from '../core/draw.ts';
import type { Finding } from '../core/finding.ts';
import type { Head } from '../core/incident.ts';
import { inert } from '../core/inert.ts';
import { type Plan, planHash } from '../core/plan.ts';
import { workKey } from '../core/reinforcement.ts';
import type { Settings } from '../core/settings.ts';
import { type Target, targetKey } from '../core/target.ts';
import { holding } from './baseline.ts';
import type { Catalogue } from './catalogue.ts';
import { listOf, retried } from './incidents.ts';
import { type Platform, variable } from './platform.ts';
import { keys, records, type TimelineEntry } from './records.ts';
import { isRehearsal } from './rehearsal.ts';
import { Table, type Write } from './table.ts';

/** How long after its writing an unstarted plan, or a started one, is looked at by the tick. */
const unstartedMinutes = 1;
const startedMinutes = 10;
/** How long after its plan a step that nobody settled, or evidence that nobody brought or missed, is looked at by the tick. */
export const silentMinutes = 15;
/** New targets of one plan. */
const targetsPerPlan = 12;
/** Records that one plan may bring: a transaction holds a hundred (TransactWriteItems), with head, finding, timeline and pointers. */
const recordsPerPlan = 70;

export const at = (platform: Platform) => platform.now().toString({ smallestUnit: 'millisecond' });
export const inMinutes = (platform: Platform, minutes: number) =>
  platform.now().add({ minutes }).toString({ smallestUnit: 'millisecond' });

export interface Drawn {
  plan: Plan;
  writes: Write[];
  timeline: Omit<TimelineEntry, 'recorded'>[];
  /** whether there are further targets, for the plan after this one */
  more: boolean;
}

/** The next plan of an incident from all it knows plus what is new, with its records; undefined when nothing is new. */
export async function draw(
  platform: Platform,
  incident: string,
  known: Known,
  because: string,
  rehearsal = false,
): Promise<Drawn | undefined> {
  const [settings, catalogue] = await Promise.all([platform.settings(), platform.catalogue()]);
  const now = at(platform);
  const brakes = await brakesOf(new Table(platform), known);
  const contained = Object.fromEntries(brakes.map((b) => [b.of, b.times]));
  const { plan: full, more } = firstOf({ ...known, contained }, (part) =>
    drawPlan(incident, part, { settings, catalogue, because, now }),
  );
  if (!full) return undefined;
  // a sample's targets hold no evidence, and asking for it would only ring alarms
  const plan = rehearsal ? { ...full, evidence: [] } : full;
  const record = records.plan.write({ plan, hash: planHash(plan), attempt: 0, state: 'drawn' });
  const touched = [...plan.targets, ...known.findings].map(({ account }) => account);
  return {
    plan,
    writes: [
      ...(rehearsal ? [] : await holding(platform, incident, touched)),
      { key: keys.plan(incident, plan.number), record, due: inMinutes(platform, unstartedMinutes) },
      ...plan.steps.map((s) => ({
        key: keys.step(incident, plan.number, s.index),
        record: records.step.write({
          plan: plan.number,
          step: s.index,
          action: s.action,
          title: s.title,
          target: s.target,
          outcome: 'pending',
          attempt: 0,
          at: now,
        }),
        due: inMinutes(platform, silentMinutes),
      })),
      ...plan.evidence.map(({ collector, target, again }) => ({
        key: keys.evidence(incident, collector, target),
        record: records.evidence.write({ incident, collector, target, again, pass: 0 }),
        due: inMinutes(platform, silentMinutes),
      })),
      ...(rehearsal ? [] : counted(brakes, plan, settings, catalogue, now)),
    ],
    more,
    timeline: [
      {
        event: now,
        kind: 'plan',
        by: 'intake',
        text: `plan ${plan.number}: ${planText(plan)}`,
        about: keys.plan(incident, plan.number).sk,
      },
    ],
  };
}

interface Counted {
  of: string;
  times: string[];
  rev: number | undefined;
}

/** What was contained unasked lately, by account and in total, as stored. */
async function brakesOf(table: Table, { findings, found }: Known): Promise<Counted[]> {
  const accounts = [...findings.flatMap((f) => f.targets), ...found].map((t) => t.account);
  return Promise.all(
    [...new Set([total, ...accounts])].map(async (of) => {
      const item = await table.get(keys.containments(of));
      return { of, times: item ? records.containments.read(item.record).times : [], rev: item?.rev };
    }),
  );
}

/** The same with this plan's own, in the plan's transaction, so that two plans at once cannot both take the last place. */
function counted(brakes: Counted[], plan: Plan, settings: Settings, { actions }: Catalogue, now: string): Write[] {
  const cutOff = plan.steps.filter((s) => s.approval === 'none' && !actions[s.action]?.preserves).map((s) => s.target);
  const unasked = [...new Map(cutOff.map((t) => [targetKey(t), t.account])).values()];
  return brakes.flatMap(({ of, times, rev }) => {
    const own = unasked.filter((account) => of === total || of === account).map(() => now);
    if (own.length === 0) return [];
    const record = records.containments.write({ times: [...recent(times, settings, now), ...own] });
    return [{ key: keys.containments(of), record, was: rev }];
  });
}

/** The plan for the first new targets that one can be drawn for. */
function firstOf(known: Known, drawn: (part: Known) => Plan | undefined): { plan: Plan | undefined; more: boolean } {
  const planned = new Set(known.previous.flatMap((p) => p.targets.map(targetKey)));
  const named = [...known.findings.flatMap((f) => f.targets), ...known.found].map(targetKey);
  const fresh = [...new Set(named)].filter((key) => !planned.has(key));
  for (let from = 0, size = targetsPerPlan; ; ) {
    const part = new Set(fresh.slice(from, from + size));
    const within = (t: Target) => planned.has(targetKey(t)) || part.has(targetKey(t));
    const plan = drawn({
      ...known,
      findings: known.findings.map((f) => ({ ...f, targets: f.targets.filter(within) })),
      found: known.found.filter(within),
    });
    if (plan && size > 1 && weight(plan) > recordsPerPlan) {
      size = Math.ceil(size / 2);
      continue;
    }
    const more = from + size < fresh.length;
    if (plan || !more) return { plan, more };
    from += size;
  }
}

/** How many records a plan brings: its steps, its evidence, and for each account what the brake and the baselines keep. */
function weight({ steps, evidence, targets }: Plan): number {
  return steps.length + evidence.length + 2 * new Set(targets.map((t) => t.account)).size;
}

function planText(plan: Plan): string {
  const auto = plan.steps.filter((s) => s.approval === 'none').length;
  const asked = plan.steps.length - auto;
  const parts = [
    plan.playbooks.join(' + '),
    ...(auto > 0 ? [`${auto} change${auto === 1 ? '' : 's'} at once`] : []),
    ...(asked > 0 ? [`${asked} after approval`] : []),
    ...(plan.evidence.length > 0
      ? [`${plan.evidence.length} piece${plan.evidence.length === 1 ? '' : 's'} of evidence`]
      : []),
  ];
  const braked = plan.steps.filter((s) => s.asks.some((why) => why.startsWith(brakeSays))).length;
  if (braked > 0) parts.push(`the brake makes ${braked} of them ask`);
  if (plan.withheld.length > 0) parts.push(`${plan.withheld.length} withheld`);
  return parts.join(', ');
}

/** What an incident already knows, for drawing its next plan. */
export async function knownOf(table: Table, incident: string) {
  const [findings, plans, footholds, steps] = await Promise.all([
    listOf(table, incident, 'FINDING#', records.finding),
    listOf(table, incident, 'PLAN#', records.plan),
    listOf(table, incident, 'FOOTHOLD#', records.foothold),
    listOf(table, incident, 'STEP#', records.step),
  ]);
  const newest = new Map(steps.map((s) => [workKey(s), s]));
  // what the brake made ask stays a question, also when there is room again
  const asks = (s: (typeof steps)[number]) => {
    const drawnStep = plans.find((p) => p.plan.number === s.plan)?.plan.steps[s.step];
    return drawnStep?.approval !== 'none' && !drawnStep?.asks.some((why) => why.startsWith(brakeSays));
  };
  const undecided = [...newest].filter(([, s]) => (s.outcome === 'pending' || s.outcome === 'waiting') && asks(s));
  return {
    asking: new Set(undecided.map(([work]) => work)),
    findings: findings.map((f) => f.finding),
    previous: plans.map((p) => p.plan),
    found: footholds.map((f) => f.target),
    openings: new Map(footholds.map((f) => [targetKey(f.target), f.openings])),
  };
}

export function executionName(incident: string, plan: number, attempt: number, step?: number): string {
  return `${incident}-p${plan}${step === undefined ? '' : `-s${step}`}-a${attempt}`;
}

/**
 * Starts the execution of a plan unless it is started; safe to call any number of times, from redeliveries and the tick.
 * ExecutionAlreadyExists counts as started only while that execution runs or has succeeded (DESIGN §2); a dead one gets the next attempt.
 */
export async function startPlan(platform: Platform, incident: string, number: number): Promise<'started' | 'already'> {
  const table = new Table(platform);
  const machine = variable(platform, 'MACHINE_RESPOND');
  return retried(async () => {
    const key = keys.plan(incident, number);
    const item = await table.get(key);
    if (!item) throw new Error(`incident ${incident} has no plan ${number}`);
    const stored = records.plan.read(item.record);
    if (stored.state === 'done') return 'already';
    if (stored.state === 'started' && stored.execution && (await alive(platform, stored.execution))) {
      await table.write([
        { key, record: records.plan.write(stored), was: item.rev, due: inMinutes(platform, startedMinutes) },
      ]);
      return 'already';
    }
    for (let attempt = stored.attempt + 1; ; attempt++) {
      const name = executionName(incident, number, attempt);
      const { execution, fresh } = await begin(platform, machine, name, { incident, plan: number, attempt });
      if (!fresh && !(await alive(platform, execution))) continue;
      const started = records.plan.write({ ...stored, attempt, state: 'started', execution });
      await table.write([{ key, record: started, was: item.rev, due: inMinutes(platform, startedMinutes) }]);
      return fresh ? 'started' : 'already';
    }
  });
}

/** Starts an execution, once for its name. */
export async function start(platform: Platform, machine: string, name: string, input: object): Promise<void> {
  await begin(platform, machine, name, input);
}

/** Starts an execution. `fresh` is false when an execution of this name, dead or alive, was there before (one that runs with this very input counts as fresh). */
export async function begin(
  platform: Platform,
  machine: string,
  name: string,
  input: object,
): Promise<{ execution: string; fresh: boolean }> {
  try {
    const { executionArn: execution = executionArn(machine, name) } = await platform
      .client(SFNClient)
      .send(new StartExecutionCommand({ stateMachineArn: machine, name, input: JSON.stringify(input) }));
    return { execution, fresh: true };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ExecutionAlreadyExists') throw error;
    return { execution: executionArn(machine, name), fresh: false };
  }
}

function executionArn(machine: string, name: string): string {
  return `${machine.replace(':stateMachine:', ':execution:')}:${name}`;
}

/** Whether an execution runs or has succeeded. */
async function alive(platform: Platform, execution: string): Promise<boolean> {
  try {
    const { status } = await platform.client(SFNClient).send(new DescribeExecutionCommand({ executionArn: execution }));
    return status === 'RUNNING' || status === 'SUCCEEDED' || status === 'PENDING_REDRIVE';
  } catch (error) {
    if (error instanceof Error && error.name === 'ExecutionDoesNotExist') return false;
    throw error;
  }
}

export function newHead(
  platform: Platform,
  id: string,
  finding: Finding,
  plan: Plan,
  chains: Head['chains'],
  received: string,
): Head {
  return {
    id,
    title: inert(finding.type),
    account: finding.account,
    severity: plan.severity,
    status: plan.steps.length > 0 ? 'containing' : 'open',
    open: [],
    offered: [],
    drill: platform.drill || isRehearsal(finding, platform),
    rehearsal: isRehearsal(finding, platform),
    playbooks: plan.playbooks,
    plans: plan.number,
    openedAt: at(platform),
    discovery: finding.createdAt,
    chains,
    stamps: {
      activity: finding.firstSeen ?? finding.lastSeen ?? finding.createdAt,
      findingCreated: finding.createdAt,
      eventReceived: received,
    },
  };
}
