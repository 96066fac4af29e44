import type { Temporal } from 'temporal-polyfill';
import type { JsonObject } from '../core/json.ts';
import type { Target } from '../core/target.ts';

/** How SDK v3 clients are made: every client class takes one configuration object. */
export type ClientClass<C> = new (configuration: { region: string; [key: string]: unknown }) => C;

/** Temporary credentials as SDK clients take them. */
export interface SessionCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
}

/**
 * One member account as an action or collector sees it: clients that carry the observer's or responder's session,
 * narrowed by a session policy to the declared permissions and this target.
 */
export interface Member {
  account: string;
  region: string;
  partition: string;
  /** the accounts of the settings: sharing with any other is sharing with a stranger */
  ours: readonly string[];
  now(): Temporal.Instant;
  /**
   * What the nightly survey recorded of this target for this action before anything happened (a trail's settings, an account's block);
   * undefined where nothing is recorded. It is the state that `capture` gave then, with `recordedAt` (ISO instant) beside.
   * `capture` carries it in the state, so that `intend` stays pure.
   */
  baseline?: JsonObject | undefined;
  /** For collectors: whatever in this account is not as the survey recorded it; each read with its action's own permissions. */
  departures?(): Promise<Departures>;
  /**
   * `region` defaults to the target's Region; IAM and other global services answer in any. Actions `through` the management account
   * are in that account. `credentials`: a session that the action itself opened from there (AssumeRoot).
   */
  client<C>(kind: ClientClass<C>, region?: string, credentials?: SessionCredentials): C;
}

/** What the actions with a `survey` found in one account, in the Regions where something was recorded and in the target's. */
export interface Departures {
  /** how many targets were compared */
  looked: number;
  found: { target: Target; action: string; lines: string[] }[];
  /** what could not be compared, and why */
  gaps: string[];
}

/** The live state of a target as far as one action is concerned: JSON, no secrets, no object keys. */
export interface Captured<S extends JsonObject = JsonObject> {
  state: S;
  /** names that `${…}` in the action's permissions may use beside `${arn}`, e.g. the owner of a key: { userArn } */
  scope: Record<string, string>;
}

export type Verdict = { safe: true } | { safe: false; why: string };

/**
 * One reversible change (`lambdas/actions/<id>/action.ts`, default export). Shared code does the rest: it reads through
 * `capture` before and after, decides with `intend` and `verify`, refuses drift, and keeps the record.
 * `apply` and `undo` are idempotent; both read again before they write, and merge (invariant 3).
 */
export interface Action<S extends JsonObject = JsonObject> {
  /** Throws TargetNotFound, or TargetForeign when the resource belongs to another account than the finding names. */
  capture(target: Target, member: Member): Promise<Captured<S>>;
  /**
   * The part of a state that this action changes. "The same as before" (apply), "the same as we left it" (undo) and "put back"
   * compare this part only, so that somebody else's edit beside it is neither lost nor called drift. Pure.
   * `recorded`: the before-state of a change, when the question is about that change: what it could not see it does not own.
   */
  owned(state: S, recorded?: S): JsonObject;
  /** The state that `apply` would leave, computed from the captured one; pure. `at` is when the change is applied. */
  intend(state: S, target: Target, at: Temporal.Instant): S;
  /** What honest users lose meanwhile, one sentence each, for the plan and the approver; [] when nobody loses anything. Pure. */
  losses(state: S, target: Target): string[];
  /** What changes, one line each, `before → after`, for the approver and the timeline. Pure. */
  describe(before: S, after: S): string[];
  /** Reads again, and throws BeforeStateChanged when the owned part of the live state is no longer `before`'s. */
  apply(target: Target, member: Member, before: S, after: S): Promise<void>;
  /** Whether this live state contains the target (`after` is what the change left, or would leave). Pure. */
  verify(live: S, target: Target, after: S): Verdict;
  /**
   * For actions that put back what an attacker switched off: the targets that this account has in this Region now, each of which the
   * nightly survey captures and records as baseline. Called with the declared read permissions and the target `account-region`.
   */
  survey?(member: Member): Promise<Target[]>;
  /** Puts `before` back. Throws Drift when the owned part of the live state is no longer `after`'s. */
  undo(target: Target, member: Member, before: S, after: S): Promise<void>;
}

/** A further door that evidence shows: a target to contain, how it was made (no PHI), and when it was last seen used or made. */
export interface Foothold {
  target: Target;
  how: string;
  /** ISO instant */
  at: string;
}

/** What one collector brought home. The bytes go to the vault; the rest to custody. */
export interface Collected {
  /** canonical JSON, JSON lines or what the API gave; may hold object keys and other PHI: vault only */
  body: Uint8Array;
  contentType: string;
  /** one sentence without PHI: what the evidence shows, with counts */
  summary: string;
  coverage: {
    /** complete | partial | none */
    level: 'complete' | 'partial' | 'none';
    /** was logging on, since when, which pages are missing */
    notes: string[];
    from?: string;
    to?: string;
  };
  footholds: Foothold[];
}

/** One kind of evidence (`lambdas/collectors/<id>/collector.ts`, default export). */
export interface Collector {
  /** `since`: the earliest time the incident's findings speak of. */
  collect(target: Target, member: Member, since: Temporal.Instant): Promise<Collected>;
}
