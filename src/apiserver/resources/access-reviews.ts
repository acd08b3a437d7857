import type { LocalSubjectAccessReview } from '../../api/authorization/v1/local-subject-access-review.ts'
import type { SelfSubjectAccessReview } from '../../api/authorization/v1/self-subject-access-review.ts'
import type { SelfSubjectRulesReview } from '../../api/authorization/v1/self-subject-rules-review.ts'
import type {
  NonResourceAttributes,
  ResourceAttributes,
} from '../../api/authorization/v1/common.ts'
import type { SubjectAccessReview } from '../../api/authorization/v1/subject-access-review.ts'
import { badRequest, invalid } from '../../apimachinery/status-error.ts'
import { invalid as invalidField, type FieldError } from '../../schema/field-error.ts'
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
  const review = readObject(kind, call) as unknown as SelfSubjectAccessReview
  return answer(kind, review, await judge(kind, review.spec, call.user, env))
}

const subjectAccess: VerbHandler = async (kind, call, env) => {
  const review = readObject(kind, call) as unknown as SubjectAccessReview
  return answer(kind, review, await judge(kind, review.spec, subjectOf(kind, review), env))
}

const localSubjectAccess: VerbHandler = async (kind, call, env) => {
  const review = readObject(kind, call) as unknown as LocalSubjectAccessReview
  const { namespace = '' } = call.request
  if (review.spec.resourceAttributes?.namespace !== namespace) {
    throw badRequest(`spec.resourceAttributes.namespace must match namespace: ${namespace}`)
  }
  return answer(kind, review, await judge(kind, review.spec, subjectOf(kind, review), env))
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

function subjectOf(
  { type }: ServedKind,
  { spec }: SubjectAccessReview | LocalSubjectAccessReview,
): UserInfo {
  const { user = '', groups = [], uid, extra } = spec
  if (user === '' && groups.length === 0) {
    const text = 'at least one of user or group must be specified'
    throw invalid(type, '', [invalidField('spec.user', user, text)])
  }
  return { name: user, groups, ...(uid && { uid }), ...(extra && { extra }) }
}

type Verdict = Awaited<ReturnType<typeof decide>>

async function judge(
  kind: ServedKind,
  question: Question,
  user: UserInfo,
  { authorizers }: PipelineEnvironment,
): Promise<Verdict> {
  const errors = questionErrors(question)
  if (errors.length > 0) throw invalid(kind.type, '', errors)
  return decide(authorizers, attributesOf(question, user))
}

function questionErrors({ resourceAttributes, nonResourceAttributes }: Question): FieldError[] {
  if (resourceAttributes && nonResourceAttributes) {
    const text = 'cannot be specified in combination with resourceAttributes'
    return [invalidField('spec.nonResourceAttributes', nonResourceAttributes, text)]
  }
  if (resourceAttributes) return selectorErrors(resourceAttributes)
  if (nonResourceAttributes) return []
  const text = 'exactly one of nonResourceAttributes or resourceAttributes must be specified'
  return [invalidField('spec.resourceAttributes', null, text)]
}

function selectorErrors(attributes: ResourceAttributes): FieldError[] {
  return (['fieldSelector', 'labelSelector'] as const).flatMap((name) => {
    const { rawSelector = '', requirements = [] } = attributes[name] ?? {}
    if (rawSelector === '' || requirements.length === 0) return []
    const text = 'may not specified at the same time as requirements'
    return [invalidField(`spec.resourceAttributes.${name}.rawSelector`, rawSelector, text)]
  })
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
