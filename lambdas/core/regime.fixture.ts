import type { z } from 'zod';
import type { regime } from './regime.ts';

/** A made-up law as its JSON would be: 60 calendar days from discovery, no threshold. */
export function lawOf(): z.input<typeof regime> {
  return {
    id: 'a-law',
    name: 'A law',
    citation: 'Code 1',
    jurisdiction: 'Utopia',
    sources: [{ url: 'https://law.example/1' }],
    checkedOn: '2026-11-21',
    verification: 'A',
    status: 'in_force',
    covers: { kinds: ['hipaa-covered-entity'], entities: 'clinics', what: 'patient records' },
    obligations: [
      {
        id: 'individual',
        recipient: 'each individual',
        recipientKind: 'individual',
        citation: 'Code 1(a)',
        deadline: { value: 60, unit: 'calendar_days', anchor: 'discovery', standard: 'without unreasonable delay' },
        threshold: null,
      },
    ],
    content: [],
    delays: [{ kind: 'law_enforcement', citation: 'Code 1(b)', oralCalendarDays: 30 }],
    exemptions: [],
    examples: [
      {
        why: 'as an example',
        facts: { entity: { kinds: ['hipaa-covered-entity'], zone: 'UTC' }, anchors: { discovery: '2026-01-01' } },
        expect: [{ obligation: 'individual', owed: true, due: '2026-03-02' }],
      },
    ],
  };
}
