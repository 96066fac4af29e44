/**
 * Errors that the state machines match by name (`ErrorEquals`), so each states its name in full: a minifier may rename a class.
 * Messages are for people and hold no PHI.
 */

/**
 * What the domain foresees: a machine waits, asks again or settles it. No failure of a function, and its message is ours, so it may
 * be shown. What AWS says in an error may name object keys and is never passed on.
 */
export class Foreseen extends Error {}

/** The resource that the finding names does not exist in the account that it names. */
export class TargetNotFound extends Foreseen {
  override name = 'TargetNotFound';
}

/** The resource exists, but another account owns it. */
export class TargetForeign extends Foreseen {
  override name = 'TargetForeign';
}

/** The target is protected (our own role, break-glass, service-linked, the vault): never touched. */
export class TargetProtected extends Foreseen {
  override name = 'TargetProtected';
}

/** Somebody changed the resource between capture and apply: capture and ask again. */
export class BeforeStateChanged extends Foreseen {
  override name = 'BeforeStateChanged';
}

/** Somebody changed the resource after our change: an undo would overwrite it. */
export class Drift extends Foreseen {
  override name = 'Drift';
}

/** Read back, and not safe yet (IAM and S3 take seconds): the machine retries. */
export class NotYetSafe extends Foreseen {
  override name = 'NotYetSafe';
}

/** A step of an earlier stage is not settled: the machine waits. */
export class NotItsTurn extends Foreseen {
  override name = 'NotItsTurn';
}

/** Read back, and not yet as it was before the change: the machine retries. */
export class NotYetRestored extends Foreseen {
  override name = 'NotYetRestored';
}

/** An operator has paused all containment. */
export class ContainmentPaused extends Foreseen {
  override name = 'ContainmentPaused';
}

/** Another open incident relies on the change. */
export class ReliedOn extends Foreseen {
  override name = 'ReliedOn';
}

/** A record was written by a newer version of Tourniquet, or is no record of ours. */
export class UnreadableRecord extends Foreseen {
  override name = 'UnreadableRecord';
}

/** Another writer was first: read again and retry. */
export class Collision extends Foreseen {
  override name = 'Collision';
}

/** A person or a machine named a case that there is not. */
export class NoSuchIncident extends Foreseen {
  override name = 'NoSuchIncident';
}

/** A person asked for something that may not be done, in words for that person. */
export class Refused extends Foreseen {
  override name = 'Refused';
}

/** A rehearsal has come to where a change would be made: it ends there. */
export class Rehearsed extends Foreseen {
  override name = 'Rehearsed';
}

/** AWS will not take a change as things stand; the message says what to do first. Never retried by itself. */
export class Hindered extends Foreseen {
  override name = 'Hindered';
}
