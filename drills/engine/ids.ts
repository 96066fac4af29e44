import type { Temporal } from 'temporal-polyfill';
import { ulid } from 'ulid';

/** ULIDs that are the same in every run of a drill: the drill's clock, and a counter in place of chance. */
export function seededIds(now: () => Temporal.Instant): () => string {
  let counter = 0;
  return () => {
    counter += 1;
    let rest = counter;
    // ulid asks for sixteen random digits of base 32, one after the other
    const digits = () => {
      const digit = rest % 32;
      rest = Math.floor(rest / 32);
      return digit / 32;
    };
    return ulid(now().epochMilliseconds, digits);
  };
}
