import type { SelfSubjectReview } from '../../api/authentication/v1/self-subject-review.ts'
import type { TokenReview } from '../../api/authentication/v1/token-review.ts'
import { badRequest } from '../../apimachinery/status-error.ts'
import { authenticated } from '../authentication/authenticated.ts'
import type { UserInfo } from '../authentication/authenticator.ts'
import type { VerbHandler } from '../pipeline/dispatch.ts'
import type { PipelineEnvironment } from '../pipeline/environment.ts'
import { readObject } from '../pipeline/read-body.ts'
import type { Verbs } from '../pipeline/subresources.ts'

const selfSubject: VerbHandler = async (kind, call) => {
  const review = readObject(kind, call) as unknown as SelfSubjectReview
  const value = { ...review, status: { userInfo: userInfoOf(call.user) } }
  return { type: 'value', code: 201, value, message: kind.type }
}

const token: VerbHandler = async (kind, call, env) => {
  const review = readObject(kind, call) as unknown as TokenReview
  const { token: bearerToken, audiences = [] } = review.spec
  if (bearerToken === '') throw badRequest('token is required for TokenReview in authentication')
  const status = await judge(bearerToken, audiences, env)
  return { type: 'value', code: 201, value: { ...review, status }, message: kind.type }
}

/** The kinds that ask who somebody is; nothing of them is stored. */
export const IDENTITY_REVIEWS: Readonly<Record<string, Verbs>> = {
  'selfsubjectreviews.authentication.k8s.io': { create: selfSubject },
  'tokenreviews.authentication.k8s.io': { create: token },
}

async function judge(
  bearerToken: string,
  audiences: readonly string[],
  { authenticators }: PipelineEnvironment,
): Promise<object> {
  for (const authenticate of authenticators) {
    const result = await authenticate({
      bearerToken,
      ...(audiences.length > 0 && { audiences }),
    })
    if (!result) continue
    if ('failure' in result) return { user: {}, error: result.failure }
    const known = result.audiences ?? []
    const accepted =
      audiences.length === 0 ? known : audiences.filter((each) => known.includes(each))
    return {
      authenticated: true,
      user: userInfoOf(authenticated(result.user)),
      ...(accepted.length > 0 && { audiences: accepted }),
    }
  }
  return { user: {}, error: '[invalid bearer token, token lookup failed]' }
}

/** A user as the API shows them. */
function userInfoOf({ name, uid, groups, extra }: UserInfo): object {
  return {
    username: name,
    ...(uid !== undefined && { uid }),
    ...(groups.length > 0 && { groups }),
    ...(extra && { extra }),
  }
}
