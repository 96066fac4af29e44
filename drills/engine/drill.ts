import { readFile } from 'node:fs/promises';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { ApprovalRequest } from '../../lambdas/core/approval.ts';
import { canonical } from '../../lambdas/core/json.ts';
import type { Obligation } from '../../lambdas/core/obligation.ts';
import { type Settings, settings as settingsSchema } from '../../lambdas/core/settings.ts';
import { records, type TimelineEntry } from '../../lambdas/platform/records.ts';
import { DrillClock } from './clock.ts';
import { Rehearsal } from './rehearsal.ts';
import { type Report, report } from './report.ts';
import { type Expected, personOf, type Reaction, type Scenario } from './scenario.ts';
import { templates } from './templates.ts';
import { warm } from './warm.ts';

/** Who watches a drill: the terminal, or nobody (`--json`, tests). */
export interface Audience {
  opened(scenario: Scenario, drill: Rehearsal): void;
  probed(name: string, kind: string, status: number, when: 'before' | 'after'): void;
  entry(entry: TimelineEntry, drill: Rehearsal): void;
  /** may ask at the prompt; undefined leaves it to the script */
  decide(request: ApprovalRequest, scripted: Reaction | undefined, drill: Rehearsal): Promise<Reaction | undefined>;
  /** the weeks after begin: from here on days pass, not seconds */
  weeksLater?(): void;
  closed(report: Report): void;
}

const exampleSettings = new URL('../../settings.example.json', import.meta.url);

/** Runs one scenario from the attack to the undo, on the drill's own clock. Everything is simulated. */
export async function drill(scenario: Scenario, audience?: Audience): Promise<Report> {
  const example = settingsSchema.parse(JSON.parse(await readFile(exampleSettings, 'utf8')));
  const stacks = await templates(example);
  await warm();
  const clock = new DrillClock(scenario.start);
  try {
    const run = new Run(scenario, scenario.settings?.(example) ?? example, audience);
    return await run.through(clock, stacks);
  } finally {
    clock.uninstall();
  }
}

class Run {
  readonly #scenario: Scenario;
  readonly #settings: Settings;
  readonly #audience: Audience | undefined;
  readonly #failures: string[] = [];
  readonly #answered = new Set<string>();
  #drill!: Rehearsal;

  constructor(scenario: Scenario, settings: Settings, audience: Audience | undefined) {
    this.#scenario = scenario;
    this.#settings = settings;
    this.#audience = audience;
  }

  async through(clock: DrillClock, stacks: Awaited<ReturnType<typeof templates>>): Promise<Report> {
    const scenario = this.#scenario;
    this.#drill = new Rehearsal({
      clock,
      settings: this.#settings,
      templates: stacks,
      seed: (world) => scenario.seed(world),
      onAsked: (asked) => void this.#answer(asked),
      latency: 0.3,
    });
    const drill = this.#drill;
    this.#watch();
    this.#audience?.opened(scenario, drill);
    await scenario.attack?.(drill);
    const before = await this.#probe('before');
    const baseline = this.#snapshot();
    for (const event of scenario.events(drill))
      if (!drill.deliver(event)) this.#failures.push('an event of the scenario matches no deployed rule');
    const meanwhile = scenario.meanwhile?.(drill);
    await drill.settle();
    if (meanwhile) await drill.during(meanwhile);
    await drill.settle();
    const after = await this.#probe('after');
    const probes = scenario.probes.map((p, i) => ({
      name: p.name,
      kind: p.kind,
      before: before[i] ?? 0,
      after: after[i] ?? 0,
    }));
    const contained = report(drill, scenario.id);
    await scenario.beforeUndo?.(drill);
    const restored = scenario.restores ? await this.#restore(contained, baseline) : undefined;
    const notices = await this.#weeksLater(contained.incident.id);
    const final = report(drill, scenario.id);
    const result: Report = {
      ...final,
      incident: contained.incident,
      incidents: contained.incidents,
      verified: contained.verified,
      probes,
      restored,
      notices,
      failures: [],
    };
    result.failures = [...this.#failures, ...judged(result, scenario.expects ?? {})];
    this.#audience?.closed(result);
    return result;
  }

  /** What has become of every notice after the scenario's weeks; undefined where it has none. */
  async #weeksLater(incident: string): Promise<Report['notices']> {
    const { aftermath } = this.#scenario;
    const [reader] = this.#settings.onCall;
    if (!aftermath || !reader) return undefined;
    this.#audience?.weeksLater?.();
    await aftermath(this.#drill, incident);
    const { body } = await this.#drill.during(this.#drill.asPerson(reader, 'GET', `/incidents/${incident}`));
    const { obligations } = body as unknown as { obligations: Obligation[] };
    return obligations.filter(({ inView, owed, status }) => inView && (owed !== false || status === 'exempt'));
  }

  #watch(): void {
    for (const table of this.#drill.deployment.tables.values())
      table.subscribe((changed) => {
        for (const { dynamodb } of changed) {
          const image = dynamodb?.NewImage as Record<string, AttributeValue> | undefined;
          if (!image?.sk?.S?.startsWith('TIMELINE#')) continue;
          this.#audience?.entry(records.timeline.read(unmarshall(image).record), this.#drill);
        }
      });
  }

  async #probe(when: 'before' | 'after'): Promise<number[]> {
    const answers: number[] = [];
    for (const probe of this.#scenario.probes) {
      const answer = await probe.call(this.#drill);
      if (when === 'before' && probe.kind === 'attack' && answer !== 200)
        this.#failures.push(
          `attack probe "${probe.name}" answers ${answer} before containment: the scenario proves nothing`,
        );
      this.#audience?.probed(probe.name, probe.kind, answer, when);
      answers.push(answer);
    }
    return answers;
  }

  #snapshot(): string[] {
    return this.#scenario.accounts.map((id) => canonical(this.#drill.world.snapshot(id)));
  }

  async #answer(asked: { incident: string; approval: string }): Promise<void> {
    const drill = this.#drill;
    const reader = this.#settings.onCall[0];
    if (!reader) return;
    const { body } = await drill.asPerson(reader, 'GET', `/incidents/${asked.incident}`);
    const request = (body as unknown as { approvals: ApprovalRequest[] }).approvals.find(
      (a) => a.id === asked.approval,
    );
    // escalations ask the same again
    if (!request || this.#answered.has(request.id)) return;
    this.#answered.add(request.id);
    const [scripted, ...others] = [
      this.#scenario.people({ ...asked, action: request.subject.action ?? request.subject.kind }) ?? [],
    ].flat();
    const reaction = this.#audience
      ? await drill.clock.still(() => this.#audience?.decide(request, scripted, drill) ?? Promise.resolve(scripted))
      : scripted;
    for (const one of reaction ? [reaction, ...others] : []) {
      await this.#decide(request, one);
      if (one.decision === 'decline') return;
    }
  }

  async #decide(request: ApprovalRequest, reaction: Reaction): Promise<void> {
    const drill = this.#drill;
    const person = personOf(this.#settings, reaction.person);
    if (!person) return;
    await drill.clock.after(reaction.after);
    const answer = await drill.asPerson(person, 'POST', '/decisions', {
      decision: reaction.decision,
      incident: request.incident,
      approval: request.id,
      hash: request.hash,
      reason: reaction.reason,
      ...(request.typed === undefined ? {} : { typed: request.typed }),
    });
    if (answer.status !== 200)
      this.#failures.push(`the decision on ${request.id} was refused: ${JSON.stringify(answer.body)}`);
  }

  #kept(before: string, now: string): string {
    const { keeps } = this.#scenario;
    return keeps ? canonical(keeps(JSON.parse(before), JSON.parse(now))) : before;
  }

  async #restore(contained: Pick<Report, 'incident'>, baseline: string[]): Promise<NonNullable<Report['restored']>> {
    const requester = this.#settings.onCall[0];
    if (!requester) throw new Error('nobody is on call');
    const body = { decision: 'restore', incident: contained.incident.id, reason: 'rehearsal of the undo' };
    const asked = await this.#drill.during(this.#drill.asPerson(requester, 'POST', '/decisions', body));
    if (asked.status !== 200) this.#failures.push(`the restore was refused: ${JSON.stringify(asked.body)}`);
    await this.#drill.settle();
    const now = this.#snapshot();
    const wanted = baseline.map((before, i) => this.#kept(before, now[i] ?? before));
    const differences = this.#scenario.accounts
      .filter((_, i) => now[i] !== wanted[i])
      .map((id) => `account ${id} is not as it was`);
    const { kept } = asked.body as { kept?: string[] };
    return { exact: differences.length === 0, differences, ...(kept?.length ? { kept } : {}) };
  }
}

/** What a drill must show to have passed (DESIGN §6): attacks stop, care goes on or its loss was approved, all is read back. */
function judged(result: Report, expected: Expected): string[] {
  const failures: string[] = [];
  const announced = result.approvals.some((a) => a.outcome === 'approved' && a.losses.length > 0);
  for (const p of result.probes) {
    if (p.kind === 'attack' && p.after < 400) failures.push(`attack probe "${p.name}" still answers ${p.after}`);
    if (p.kind === 'care' && p.after !== p.before && !announced)
      failures.push(
        `care probe "${p.name}" answered ${p.before} and now ${p.after}, and no approved plan announced that`,
      );
  }
  return [...failures, ...changed(result, expected), ...undone(result, expected), ...noticed(result, expected)];
}

function noticed(result: Report, { notices = {} }: Expected): string[] {
  return Object.entries(notices).flatMap(([of, status]) => {
    const found = result.notices?.find(({ regime, obligation }) => `${regime}/${obligation}` === of);
    return found?.status === status
      ? []
      : [`${of} is ${found?.status ?? 'not among the obligations'}, and should be ${status}`];
  });
}

function changed(result: Report, { untouched, drifts = [] }: Expected): string[] {
  if (untouched) return result.changes.map((c) => `${c.action} changed ${c.target.id}, which was safe already`);
  const standing = result.changes.filter((c) => !drifts.includes(c.action));
  const failures =
    standing.length > 0 && standing.every((c) => c.verified !== undefined && c.state !== 'failed')
      ? []
      : ['not every change was read back as safe'];
  for (const action of drifts) {
    if (!result.changes.some((c) => c.action === action && c.state === 'failed'))
      failures.push(`nobody noticed that ${action} was taken back`);
    if (!result.timeline.some((e) => e.kind === 'page' && e.text.startsWith('ACT NOW')))
      failures.push(`nobody was paged when ${action} was taken back`);
  }
  return failures;
}

function undone({ restored, timeline }: Report, { undoRefused }: Expected): string[] {
  if (!undoRefused) return restored && !restored.exact ? restored.differences : [];
  const refused = timeline.some((e) => e.text.startsWith('not restored: Drift'));
  return refused ? [] : ['the undo overwrote what somebody changed meanwhile, or did not say that it was refused'];
}
