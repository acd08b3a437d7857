import type { Authenticator } from '../authenticator.ts'

/**
 * Tokens that say nothing of audiences are for the API server: in a TokenReview for others, they are nobody's, and
 * nobody else can have them judged as if they were theirs.
 */
export function forApiServer(
  authenticate: Authenticator,
  apiAudiences: readonly string[],
): Authenticator {
  return async (credentials) => {
    const { audiences: wanted = apiAudiences } = credentials
    const audiences = wanted.filter((each) => apiAudiences.includes(each))
    if (audiences.length === 0) return undefined
    const answer = await authenticate(credentials)
    return answer && 'user' in answer ? { ...answer, audiences } : answer
  }
}
