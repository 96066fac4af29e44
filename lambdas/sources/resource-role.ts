/** True where GuardDuty's `resourceRole` says that the named resource itself attacks (`ACTOR`); else it is the victim, or nobody says. */
export function attacks(resourceRole: unknown): true | undefined {
  return typeof resourceRole === 'string' && resourceRole.toUpperCase() === 'ACTOR' ? true : undefined;
}
