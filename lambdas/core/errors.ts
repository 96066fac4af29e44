/**
 * Errors that the state machines match by name (`ErrorEquals`), so each states its name in full: a minifier may rename a class.
 * Messages are for people and hold no PHI.
 */

/** The resource that the finding names does not exist in the account that it names. */
export class TargetNotFound extends Error {
  override name = 'TargetNotFound';
}

/** The resource exists, but another account owns it. */
export class TargetForeign extends Error {
  override name = 'TargetForeign';
}

/** The target is protected (our own role, break-glass, service-linked, the vault): never touched. */
export class TargetProtected extends Error {
  override name = 'TargetProtected';
}

/** Somebody changed the resource between capture and apply: capture and ask again. */
export class BeforeStateChanged extends Error {
  override name = 'BeforeStateChanged';
}

/** Somebody changed the resource after our change: an undo would overwrite it. */
export class Drift extends Error {
  override name = 'Drift';
}

/** Read back, and not safe yet (IAM and S3 take seconds): the machine retries. */
export class NotYetSafe extends Error {
  override name = 'NotYetSafe';
}

/** A step of an earlier stage is not settled: the machine waits. */
export class NotItsTurn extends Error {
  override name = 'NotItsTurn';
}

/** Read back, and not yet as it was before the change: the machine retries. */
export class NotYetRestored extends Error {
  override name = 'NotYetRestored';
}

/** An operator has paused all containment. */
export class ContainmentPaused extends Error {
  override name = 'ContainmentPaused';
}

/** Another open incident relies on the change. */
export class ReliedOn extends Error {
  override name = 'ReliedOn';
}

/** A record was written by a newer version of Tourniquet, or is no record of ours. */
export class UnreadableRecord extends Error {
  override name = 'UnreadableRecord';
}

/** Another writer was first: read again and retry. */
export class Collision extends Error {
  override name = 'Collision';
}

/** A person or a machine named a case that there is not. */
export class NoSuchIncident extends Error {
  override name = 'NoSuchIncident';
}

/** A person asked for something that may not be done, in words for that person. */
export class Refused extends Error {
  override name = 'Refused';
}

/** AWS will not take a change as things stand; the message says what to do first. Never retried by itself. */
export class Hindered extends Error {
  override name = 'Hindered';
}
