import { describe, expect, it } from 'vitest';
import { type Finding, finding, severity } from '../lambdas/core/finding.ts';
import { answers } from '../lambdas/core/plan.ts';
import type { Target } from '../lambdas/core/target.ts';
import { readCatalogue } from '../lambdas/platform/catalogue.ts';
import { expected } from './findings-expected.ts';

const catalogue = await readCatalogue();

const rows = Object.entries(expected).flatMap(([product, table]) =>
  table
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([type = '', playbooks = '', says = '']) => ({ product, type, playbooks, says })),
);

function found(product: string, type: string, more: Partial<Finding> = {}): Finding {
  const at = '2026-11-22T05:00:00.000Z';
  const fixed = { via: product, id: 'x', title: '', severity: 'low', account: '111122223333', region: 'us-east-1' };
  const empty = { count: 1, sample: false, archived: false, trusted: true, actors: [], targets: [], untargeted: [] };
  return finding.parse({ ...fixed, ...empty, phiHint: false, createdAt: at, updatedAt: at, product, type, ...more });
}

const playbooksOf = (one: Finding) => answers(one, catalogue).playbooks.map(({ id }) => id);

describe('every type that leaks of patient data are told by', () => {
  it.each(rows)('$product $type is answered by $playbooks: $says', ({ product, type, playbooks, says }) => {
    const { playbooks: given, confidence } = answers(found(product, type), catalogue);
    const informs = playbooks === '-';
    expect(given.map(({ id }) => id).sort()).toEqual(informs ? ['unrecognised'] : playbooks.split(' ').sort());
    if (informs) expect(says.length).toBeGreaterThan(3);
    else expect(confidence).toBe(says);
  });

  it('stands in the table once', () => {
    const keys = rows.map(({ product, type }) => `${product} ${type}`);
    expect(keys).toHaveLength(new Set(keys).size);
  });

  it('stands in the table for every type that a playbook names: none answers what nobody looked at', () => {
    for (const { id, match } of Object.values(catalogue.playbooks))
      for (const { product, types } of match)
        for (const type of types) {
          const stem = type.replace(/\*$/, '');
          const covered = rows.filter((row) => row.product === product && row.type.startsWith(stem));
          expect(
            covered.some((row) => stem !== type || row.type === type),
            `${id}: ${product} ${type}`,
          ).toBe(true);
        }
  });

  it.each(severity.options)('is answered alike when it is %s: several that open the door are low', (level) => {
    for (const { product, type } of rows)
      expect(playbooksOf(found(product, type, { severity: level }))).toEqual(playbooksOf(found(product, type)));
  });

  it('is shown and never contained when anybody may have written it', () => {
    for (const { product, type } of rows) {
      expect(playbooksOf(found(product, type, { trusted: false }))).toEqual(['unrecognised']);
      expect(playbooksOf(found(`vendor/${product}`, type))).toEqual(['unrecognised']);
    }
    expect(catalogue.playbooks.unrecognised?.stages).toEqual([]);
  });
});

describe('what depends on more than the type', () => {
  const root: Target = { kind: 'root-user', id: 'root', account: '111122223333', region: 'us-east-1' };

  it.each([
    'UnauthorizedAccess:EC2/SSHBruteForce',
    'UnauthorizedAccess:EC2/RDPBruteForce',
    'Impact:EC2/WinRMBruteForce',
  ])('%s is about an open door where the machine is the victim, about the machine where it attacks', (type) => {
    expect(playbooksOf(found('guardduty', type))).toEqual(['open-security-group']);
    expect(playbooksOf(found('guardduty', type, { attacker: true }))).toEqual(['compromised-instance']);
  });

  it.each([
    ['guardduty', 'UnauthorizedAccess:IAMUser/TorIPCaller', ['compromised-role', 'leaked-access-key']],
    ['guardduty', 'Recon:IAMUser/NeverSeenBefore', []],
    ['macie', 'Policy:IAMUser/S3BucketPublic', ['public-bucket']],
    ['health', 'AWS_RISK_CREDENTIALS_EXPOSED', ['leaked-access-key']],
  ])('%s %s by the root user is about the root user too', (product, type, besides) => {
    expect(playbooksOf(found(product, type, { targets: [root] })).sort()).toEqual(
      [...besides, 'root-credentials'].sort(),
    );
  });
});
