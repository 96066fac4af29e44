import type { Json } from '../core/json.ts';
import { isObject, textOf } from './shape.ts';

const patientData = /(?<![a-z])(?:e?phi|hipaa|pii[^a-z0-9]?health)(?![a-z])/i;
const denied = /^(?:false|no|none|n|0|not[ -_]?applicable|n\/?a)$/i;

/**
 * Whether tags speak of patient data (`ComplianceDataCategory=phi:pii:hipaa`), in any product's form: a list of {key, value} or
 * {name, value}, or an object. `phi=no` does not. Tags are attacker-editable, so this may escalate and never the reverse.
 */
export function hintsAtPhi(tags: Json | undefined): boolean {
  return pairsOf(tags).some(
    ([key, value]) => patientData.test(spaced(value)) || (patientData.test(spaced(key)) && !denied.test(value.trim())),
  );
}

function pairsOf(tags: Json | undefined): [string, string][] {
  if (Array.isArray(tags))
    return tags
      .filter(isObject)
      .map((tag) => [textOf(tag.key ?? tag.Key ?? tag.name ?? tag.Name), textOf(tag.value ?? tag.Value)]);
  return isObject(tags) ? Object.entries(tags).map(([key, value]) => [key, textOf(value)]) : [];
}

/** `ContainsPHI` and `containsPhiData` have their words apart. */
function spaced(text: string): string {
  return text.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/([A-Z])([A-Z][a-z])/g, '$1 $2');
}
