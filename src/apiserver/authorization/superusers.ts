import type { Authorizer } from './authorizer.ts'

const GROUP = 'system:masters'

/** Whoever holds the cluster's own keys may do everything, even where no other authorizer is well. */
export const superusers: Authorizer = {
  name: 'Superusers',
  authorize: ({ user }) =>
    user.groups.includes(GROUP)
      ? { decision: 'allow', reason: '' }
      : { decision: 'noOpinion', reason: '' },
}
