import type { LocalSubjectAccessReview } from '../../api/authorization/v1/local-subject-access-review.ts'
import type { SelfSubjectAccessReview } from '../../api/authorization/v1/self-subject-access-review.ts'
import type { SelfSubjectRulesReview } from '../../api/authorization/v1/self-subject-rules-review.ts'
import type {
  NonResourceAttributes,
  ResourceAttributes,
} from '../../api/authorization/v1/common.ts'
import type { SubjectAccessReview } from '../../api/authorization/v1/subject-access-review.ts'
import { badRequest, invalid } from '../../apimachinery/status-error.ts'
import type { UserInfo } from '../authentication/authenticator.ts'
import type { AuthorizationAttributes } from '../authorization/authorizer.ts'
import { decide } from '../pipeline/authorize.ts'
import type { Call } from '../pipeline/call.ts'
import type { VerbHandler } from '../pipeline/dispatch.ts'
import type { PipelineEnvironment } from '../pipeline/environment.ts'
import { readObject } from '../pipeline/read-body.ts'
import type { Verbs } from '../pipeline/subresources.ts'
import type { ServedKind } from '../registry/served-kind.ts'
import { fieldSelectorText, labelSelectorText } from './selector-attributes.ts'

/** What a review asks about: exactly one of the two. */
interface Question {
  readonly resourceAttributes?: ResourceAttributes
  readonly nonResourceAttributes?: NonResourceAttributes
}

type Review = SubjectAccessReview | LocalSubjectAccessReview | SelfSubjectAccessReview

const selfSubjectAccess: VerbHandler = async (kind, call, env) => {
  const review = readReview<SelfSubjectAccessReview>(kind, call)
  return answer(kind, review, await judge(review.spec, call.user, env))
}

const subjectAccess: VerbHandler = async (kind, call, env) => {
  const review = readReview<SubjectAccessReview>(kind, call)
  return answer(kind, review, await judge(review.spec, subjectOf(review), env))
}

const localSubjectAccess: VerbHandler = async (kind, call, env) => {
  const review = readReview<LocalSubjectAccessReview>(kind, call)
  const { namespace = '' } = call.request
  if (review.spec.resourceAttributes?.namespace !== namespace) {
    throw badRequest(`spec.resourceAttributes.namespace must match namespace: ${namespace}`)
  }
  return answer(kind, review, await judge(review.spec, subjectOf(review), env))
}

/** Reads a review, and throws `Invalid` where it breaks the rules of its kind. */
function readReview<T extends Review>(kind: ServedKind, call: Call): T {
  const sent = readObject(kind, call)
  const { namespace } = call.request
  const metadata = { ...(namespace && { namespace }), ...sent.metadata }
  const review = { ...sent, metadata }
  const errors = kind.resource.strategy.validateCreate(review)
  if (errors.length > 0) throw invalid(kind.type, '', errors)
  return review as unknown as T
}

const selfSubjectRules: VerbHandler = async (kind, call, env) => {
  const review = readObject(kind, call) as unknown as SelfSubjectRulesReview
  const { namespace = '' } = review.spec
  if (namespace === '') throw badRequest('no namespace on request')
  const status = await rulesFor(call, env, namespace)
  return { type: 'value', code: 201, value: { ...review, status }, message: kind.type }
}

/** The kinds that ask who may do what; nothing of them is stored. */
export const ACCESS_REVIEWS: Readonly<Record<string, Verbs>> = {
  'selfsubjectaccessreviews.authorization.k8s.io': { create: selfSubjectAccess },
  'subjectaccessreviews.authorization.k8s.io': { create: subjectAccess },
  'localsubjectaccessreviews.authorization.k8s.io': { create: localSubjectAccess },
  'selfsubjectrulesreviews.authorization.k8s.io': { create: selfSubjectRules },
}

async function rulesFor(
  { user }: Call,
  { rulesOf }: PipelineEnvironment,
  namespace: string,
): Promise<SelfSubjectRulesReview['status']> {
  if (rulesOf) return rulesOf(user, namespace)
  return {
    resourceRules: [],
    nonResourceRules: [],
    incomplete: true,
    evaluationError: 'no authorizer can list rules',
  }
}

function subjectOf({ spec }: SubjectAccessReview | LocalSubjectAccessReview): UserInfo {
  const { user = '', groups = [], uid, extra } = spec
  return { name: user, groups, ...(uid && { uid }), ...(extra && { extra }) }
}

type Verdict = Awaited<ReturnType<typeof decide>>

async function judge(
  question: Question,
  user: UserInfo,
  { authorizers }: PipelineEnvironment,
): Promise<Verdict> {
  return decide(authorizers, attributesOf(question, user))
}

function attributesOf(question: Question, user: UserInfo): AuthorizationAttributes {
  const { resourceAttributes, nonResourceAttributes } = question
  if (!resourceAttributes) {
    const { verb = '', path = '' } = nonResourceAttributes!
    return { type: 'nonResource', user, verb, path }
  }
  const {
    verb = '',
    group = '',
    version = '',
    resource = '',
    subresource = '',
  } = resourceAttributes
  const { namespace = '', name = '', labelSelector, fieldSelector } = resourceAttributes
  const labels = labelSelector && labelSelectorText(labelSelector)
  const fields = fieldSelector && fieldSelectorText(fieldSelector)
  return {
    type: 'resource',
    user,
    verb,
    group,
    version,
    resource,
    subresource,
    namespace,
    name,
    ...(labels && { labelSelector: labels }),
    ...(fields && { fieldSelector: fields }),
  }
}

function answer(
  kind: ServedKind,
  review: Review,
  { decision, reason, error }: Verdict,
): Awaited<ReturnType<VerbHandler>> {
  const status = {
    allowed: decision === 'allow',
    ...(decision === 'deny' && { denied: true }),
    ...(reason !== '' && { reason }),
    ...(error !== undefined && { evaluationError: error }),
  }
  return { type: 'value', code: 201, value: { ...review, status }, message: kind.type }
}
