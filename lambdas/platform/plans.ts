import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { drawPlan, type Known } from '../core/draw.ts';
import type { Finding } from '../core/finding.ts';
import type { Head } from '../core/incident.ts';
import { type Plan, planHash } from '../core/plan.ts';
import { listOf, retried } from './incidents.ts';
import { type Platform, variable } from './platform.ts';
import { keys, records, type TimelineEntry } from './records.ts';
import { Table, type Write } from './table.ts';

/** How long after its writing an unstarted plan, or a started one, is looked at by the tick. */
const unstartedMinutes = 1;
const startedMinutes = 10;

export const at = (platform: Platform) => platform.now().toString({ smallestUnit: 'millisecond' });
export const inMinutes = (platform: Platform, minutes: number) =>
  platform.now().add({ minutes }).toString({ smallestUnit: 'millisecond' });

export interface Drawn {
  plan: Plan;
  writes: Write[];
  timeline: Omit<TimelineEntry, 'recorded'>[];
}

/** The next plan of an incident from all it knows plus what is new, with its records; undefined when nothing is new. */
export async function draw(
  platform: Platform,
  incident: string,
  known: Known,
  because: string,
): Promise<Drawn | undefined> {
  const [settings, catalogue] = await Promise.all([platform.settings(), platform.catalogue()]);
  const now = at(platform);
  const plan = drawPlan(incident, known, { settings, catalogue, because, now });
  if (!plan) return undefined;
  const record = records.plan.write({ plan, hash: planHash(plan), attempt: 0, state: 'drawn' });
  return {
    plan,
    writes: [
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
      })),
    ],
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

function planText(plan: Plan): string {
  const auto = plan.steps.filter((s) => s.approval === 'none').length;
  const asked = plan.steps.length - auto;
  const parts = [
    plan.playbooks.join(' + '),
    `${auto} change${auto === 1 ? '' : 's'} at once`,
    `${asked} after approval`,
    `${plan.evidence.length} kinds of evidence`,
  ];
  if (plan.withheld.length > 0) parts.push(`${plan.withheld.length} withheld`);
  return parts.join(', ');
}

/** What an incident already knows, for drawing its next plan. */
export async function knownOf(table: Table, incident: string) {
  const [findings, plans, footholds] = await Promise.all([
    listOf(table, incident, 'FINDING#', records.finding),
    listOf(table, incident, 'PLAN#', records.plan),
    listOf(table, incident, 'FOOTHOLD#', records.foothold),
  ]);
  return {
    findings: findings.map((f) => f.finding),
    previous: plans.map((p) => p.plan),
    found: footholds.map((f) => f.target),
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
    const attempt = stored.attempt + 1;
    const name = executionName(incident, number, attempt);
    const execution = await start(platform, machine, name, { incident, plan: number, attempt });
    const started = records.plan.write({
      ...stored,
      attempt,
      state: 'started',
      execution: execution ?? stored.execution,
    });
    await table.write([{ key, record: started, was: item.rev, due: inMinutes(platform, startedMinutes) }]);
    return execution ? 'started' : 'already';
  });
}

/** The execution's ARN, or undefined when one of this name is there and alive. A dead one of this name is left to the next attempt. */
export async function start(
  platform: Platform,
  machine: string,
  name: string,
  input: object,
): Promise<string | undefined> {
  try {
    const started = await platform
      .client(SFNClient)
      .send(new StartExecutionCommand({ stateMachineArn: machine, name, input: JSON.stringify(input) }));
    return started.executionArn;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ExecutionAlreadyExists') throw error;
    return executionArn(machine, name);
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
    title: finding.type,
    account: finding.account,
    severity: plan.severity,
    status: plan.steps.length > 0 ? 'containing' : 'open',
    open: [],
    drill: platform.drill,
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
