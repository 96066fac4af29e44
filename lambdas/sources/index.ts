import { type Finding, MalformedFinding, type Source } from '../core/finding.ts';
import type { Json } from '../core/json.ts';
import accessAnalyzer from './access-analyzer.ts';
import config from './config.ts';
import guardduty from './guardduty.ts';
import health from './health.ts';
import macie from './macie.ts';
import securityHubAsff from './security-hub-asff.ts';
import securityHubOcsf from './security-hub-ocsf.ts';
import { type Envelope, envelopeOf, isObject, jsonOf, quoted, within } from './shape.ts';

export const sources: Source[] = [guardduty, securityHubAsff, securityHubOcsf, macie, accessAnalyzer, health, config];

const choices =
  'expected a finding of GuardDuty, Security Hub (ASFF or OCSF), Macie, IAM Access Analyzer, AWS Health or AWS Config, bare or as EventBridge delivers it';

/** Whose findings are read, as EventBridge names them: their other messages carry none. */
const readable = /^aws\.(?:guardduty|securityhub|macie2?|access-analyzer(?:-test)?|health|config)$/;

/** Products whose events are known and not read yet: how EventBridge names them, and a field that only they have when bare. */
const unread = [{ product: 'Amazon Inspector', source: /^aws\.inspector2?$/, mark: 'packageVulnerabilityDetails' }];

/**
 * Every finding in whatever arrived: an event, a bare finding, what GetFindings wraps (`{Findings: […]}`), or a list of these.
 * What cannot be read is a MalformedFinding in its place, naming the field and what was expected. Never throws.
 */
export function readFindings(raw: unknown): (Finding | MalformedFinding)[] {
  try {
    return readParts(jsonOf(raw));
  } catch (error) {
    return [asMalformed(error)];
  }
}

function readParts(event: Json): (Finding | MalformedFinding)[] {
  const list = listOf(event);
  if (!list) return readOne(event);
  if (list.items.length === 0) return [new MalformedFinding(list.at || 'event', `is an empty list; ${choices}`)];
  return list.items.flatMap((item, n) =>
    readParts(item).map((read) => (read instanceof MalformedFinding ? within(`${list.at}[${n}]`, read) : read)),
  );
}

/** A list, or what GetFindings of GuardDuty and Security Hub wraps. An EventBridge event is neither: its findings are in `detail`. */
function listOf(event: Json): { at: string; items: Json[] } | undefined {
  if (Array.isArray(event)) return { at: '', items: event };
  if (!isObject(event) || envelopeOf(event)) return undefined;
  const at = ['Findings', 'findings'].find((name) => Array.isArray(event[name]));
  return at === undefined ? undefined : { at, items: event[at] as Json[] };
}

function readOne(event: Json): (Finding | MalformedFinding)[] {
  const accepting = sources.filter((source) => source.accepts(event));
  const [source, ...others] = accepting;
  if (!source) return [unrecognised(event)];
  if (others.length > 0) {
    const products = accepting.map((each) => each.product).join(' and ');
    return [new MalformedFinding('event', `is of more than one form at once (${products}); ${choices}`)];
  }
  try {
    return source.read(event);
  } catch (error) {
    return [asMalformed(error)];
  }
}

/** Why no source accepts: a product that is not read yet, another kind of message, or no finding at all. */
function unrecognised(event: Json): MalformedFinding {
  if (!isObject(event)) return new MalformedFinding('event', `is ${quoted(event)}, not an object; ${choices}`);
  const envelope = envelopeOf(event);
  const known = unread.find(({ source, mark }) => (envelope ? source.test(envelope.source) : mark in event));
  if (known) {
    const why = `${known.product} is not read yet, so nothing is done with it; ${choices}`;
    return envelope
      ? new MalformedFinding('source', `is ${quoted(envelope.source)}: ${why}`)
      : new MalformedFinding('event', `has the field ${known.mark}: ${why}`);
  }
  if (!envelope) {
    const fields = Object.keys(event).slice(0, 5).map(quoted).join(', ') || 'none';
    return new MalformedFinding('event', `is not a finding that is known (its fields: ${fields}); ${choices}`);
  }
  return readable.test(envelope.source)
    ? new MalformedFinding('detail-type', withoutFindings(envelope))
    : new MalformedFinding('source', `is ${quoted(envelope.source)}, whose events are not read; ${choices}`);
}

function withoutFindings({ detailType }: Envelope): string {
  return detailType === 'Security Hub Insight Results'
    ? `is ${quoted(detailType)}, which counts findings and carries none; select the findings themselves and run a custom action on them`
    : `is ${quoted(detailType)}, which carries no findings; ${choices}`;
}

/** Whatever a reader did not foresee is still one clear refusal, never a stack trace that quotes the finding. */
function asMalformed(error: unknown): MalformedFinding {
  if (error instanceof MalformedFinding) return error;
  return new MalformedFinding('event', `could not be read; ${choices}`);
}
