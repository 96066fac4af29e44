import type { Json } from '../../../lambdas/core/json.ts';
import type { Account, Resource } from '../account.ts';
import type { World } from '../world.ts';

export interface ImageSeed {
  id: string;
  region: string;
  name: string;
  /** ids of the snapshots behind it */
  snapshots?: string[];
  /** accounts, ARNs of organizations and organizational units, or `all` */
  launchableBy?: string[];
}

export class Image implements Resource {
  readonly id: string;
  readonly region: string;
  readonly owner: string;
  readonly name: string;
  readonly snapshots: readonly string[];
  launchableBy: ReadonlySet<string>;

  constructor(owner: string, seed: ImageSeed) {
    this.id = seed.id;
    this.region = seed.region;
    this.owner = owner;
    this.name = seed.name;
    this.snapshots = seed.snapshots ?? [];
    this.launchableBy = new Set(seed.launchableBy);
  }

  stored(): Json {
    const { id, region, name, snapshots } = this;
    return { id, region, name, snapshots: [...snapshots], launchableBy: [...this.launchableBy].sort() };
  }
}

/** Images have no account in their ARN (Service Authorization Reference, Amazon EC2). */
export const imageArn = (region: string, id: string): string => `arn:aws:ec2:${region}::image/${id}`;

export function seedImage(account: Account, seed: ImageSeed): Image {
  const image = new Image(account.id, seed);
  account.resources.set(imageArn(image.region, image.id), image);
  return image;
}

/** Every account's images in this Region. */
export function* allImages(world: World, region: string): Generator<Image> {
  for (const account of world.accounts.values())
    for (const resource of account.resources.values())
      if (resource instanceof Image && resource.region === region) yield resource;
}
