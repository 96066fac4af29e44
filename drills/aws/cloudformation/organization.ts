import { organizationOf, seedOrganization } from '../organizations/organization.ts';
import type { World } from '../world.ts';
import { organizationId } from './physical.ts';
import type { DeclaredResource } from './resource.ts';
import * as shapes from './shapes.ts';

/** Creates the declared service control policies, in an organization of all accounts that are deployed to. */
export function deployOrganization(world: World, resources: readonly DeclaredResource[], accounts: string[]): void {
  for (const resource of resources) {
    if (resource.type !== 'AWS::Organizations::Policy') continue;
    const management = resource.stack.account;
    const organization =
      organizationOf(world, management) ??
      seedOrganization(world, management, { id: organizationId(management), accounts });
    const { Name: name, Description: description = '', Content: content } = resource.read(shapes.organizationPolicy);
    organization.add({ id: resource.ref, name, description, content });
  }
}
